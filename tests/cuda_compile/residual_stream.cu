// A step of SPD whose passes leave a residual stream out, instantiated by nvcc: compiled, never run.

#include <apd/backend/cuda.hpp>
#include <apd/importance/private_importances.hpp>
#include <apd/importance/shared_importances.hpp>
#include <apd/loss/drawn_reconstruction.hpp>
#include <apd/loss/importance_minimality.hpp>
#include <apd/objective/step.hpp>

using network =
    apd::network<apd::frozen<apd::linear<"E", 4, 64>>,
                 apd::residual<apd::linear<"in", 64, 3>, apd::relu, apd::linear<"out", 3, 64>>, apd::transposed<"E">>;
using problem = apd::ext::problem<apd::cuda, SCALAR, network, apd::subcomponents<5>>;
static_assert(apd::ext::stream_maps::state<problem>::are_there);

void step(problem& p) {
    const auto ci = apd::private_importances<16>();
    const auto sum = 0.1 * apd::importance_minimality(ci, 2) +
                     apd::reconstruction(apd::stochastic(ci), apd::each_site) +
                     apd::reconstruction(apd::stochastic(apd::shared_importances<8>()), apd::random_sites);
    apd::ext::objective_step<problem, std::decay_t<decltype(sum)>> run(p, sum);
    run.evaluate();
    run.pullback();
}
