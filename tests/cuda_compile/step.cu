// A whole step, with every layer, attribution, mask and loss, instantiated by nvcc: compiled, never run.

#include <apd/attribution/ablation_attribution.hpp>
#include <apd/attribution/activation_attribution.hpp>
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/attribution/integrated_gradient_attribution.hpp>
#include <apd/backend/cuda.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/loss/hidden_reconstruction.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/loss/simplicity.hpp>
#include <apd/loss/sparsity.hpp>
#include <apd/mask/attribution_share.hpp>
#include <apd/mask/lp.hpp>
#include <apd/mask/top_k.hpp>
#include <apd/objective/step.hpp>

using network = apd::network<apd::linear<"W", 5, 2>, apd::linear<"H", 2, 2>, apd::gelu, apd::transposed<"W">,
                             apd::bias<"b", 5>, apd::relu>;
using problem = apd::ext::problem<apd::cuda, SCALAR, network, apd::shared_components<5, 3>>;

void step(problem& p) {
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 0.2);
    const auto each = apd::per_sample_top_k(apd::activation_attribution(), 1);
    const auto changed = apd::batch_top_k(apd::ablation_attribution(), 0.2);
    const auto along = apd::batch_top_k(apd::integrated_gradient_attribution(2), 0.2);
    const auto shared = apd::attribution_share(apd::gradient_attribution(), apd::rising_share{0.02, 0.1, 100});
    const auto real = apd::lp(apd::gradient_attribution(apd::of_target, apd::reverse_mode), 0.9);
    const auto sum = apd::faithfulness() + apd::minimality(active) + apd::hidden_reconstruction(each) +
                     apd::simplicity(active, apd::schatten(1)) + apd::sparsity(real) + apd::output_reconstruction() +
                     apd::minimality(changed) + apd::minimality(along, apd::kl_divergence) +
                     apd::minimality(apd::with_bystanders(shared, 0.005));
    apd::ext::objective_step<problem, std::decay_t<decltype(sum)>> run(p, sum);
    run.evaluate();
    run.pullback();
}
