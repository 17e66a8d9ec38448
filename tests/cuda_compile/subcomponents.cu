// A step of SPD and VPD, with every kind of importances, masks and routes, instantiated by nvcc: compiled, never run.

#include <apd/backend/cuda.hpp>
#include <apd/importance/private_importances.hpp>
#include <apd/importance/shared_importances.hpp>
#include <apd/loss/drawn_reconstruction.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/loss/frequency_minimality.hpp>
#include <apd/loss/importance_minimality.hpp>
#include <apd/objective/step.hpp>
#include <apd/optimiser/gradient_limits.hpp>

using network = apd::network<apd::linear<"A", 5, 2>, apd::gelu, apd::linear<"B", 2, 5>, apd::bias<"b", 5>, apd::relu>;
using problem = apd::ext::problem<apd::cuda, SCALAR, network, apd::subcomponents<6, 4>>;

void step(problem& p) {
    const auto one = apd::private_importances<16>().blurred();
    const auto deep = apd::vector_importances<8, 4>();
    const auto shared = apd::shared_importances<8>();
    const auto global = apd::global_importances<8>();
    const auto sum =
        apd::faithfulness() + apd::importance_minimality(one, apd::annealed{2, 0.4, 0, 100}, 0.5) +
        apd::frequency_minimality(one, apd::smooth_l0({1, 0.1, 0, 100}), 64).averaged_over(9) +
        apd::reconstruction(apd::stochastic(one, apd::coin_source{})) +
        apd::reconstruction(apd::stochastic(deep), apd::each_site) +
        apd::reconstruction(apd::masked_by(shared).times(2), apd::some_sites(0.5), apd::kl_divergence) +
        apd::reconstruction(apd::shared_adversary(global), apd::random_sites) +
        apd::annealed{0, 1, 0, 100} * apd::reconstruction(apd::merged(global, 0.5, {.rows = 4}), apd::site_outputs);
    apd::ext::objective_step<problem, std::decay_t<decltype(sum)>> run(p, sum);
    run.evaluate();
    run.pullback();
    run.update_nodes();
    apd::ext::gradient_limiter<apd::cuda, SCALAR>(p.device).limit(p.device, p.parts, 0, p.parts.size(), 1);
}
