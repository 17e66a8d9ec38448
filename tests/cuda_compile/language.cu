// Training a language model, and a step of VPD on it, instantiated by nvcc: compiled, never run.

#include <apd/backend/cuda.hpp>
#include <apd/data/token_windows.hpp>
#include <apd/importance/transformer_importances.hpp>
#include <apd/loss/drawn_reconstruction.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/loss/importance_minimality.hpp>
#include <apd/objective/step.hpp>
#include <apd/training/train.hpp>

template <std::size_t I>
using block = apd::chain<
    apd::residual<apd::rms_norm<apd::numbered<"*.rms_1", I>, 8>,
                  apd::beside<apd::linear<apd::numbered<"*.q", I>, 8, 8>, apd::linear<apd::numbered<"*.k", I>, 8, 4>,
                              apd::linear<apd::numbered<"*.v", I>, 8, 4>>,
                  apd::rotary<6, 3, 4, 1>, apd::causal_attention<6, 2, 4, 1>,
                  apd::linear<apd::numbered<"*.o", I>, 8, 8>>,
    apd::residual<
        apd::layer_norm<apd::numbered<"*.g", I>, apd::numbered<"*.b", I>, 8>,
        apd::beside<apd::linear<apd::numbered<"*.gate", I>, 8, 6>, apd::linear<apd::numbered<"*.up", I>, 8, 6>>,
        apd::gated<apd::silu>, apd::linear<apd::numbered<"*.down", I>, 6, 8>>>;
using network = apd::network<apd::embedding<"wte", 11, 8>, apd::learned_positions<"wpe", 6, 8>, apd::repeated<2, block>,
                             apd::transposed<"wte">>;
using problem =
    apd::ext::problem<apd::cuda, float, network, apd::subcomponents<3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3>>;

void step(problem& p) {
    const auto ci = apd::transformer_importances<8, 2, 2, 12>();
    const auto sum = apd::faithfulness() + apd::importance_minimality(ci, 2, 0.5) +
                     apd::reconstruction(apd::stochastic(ci), apd::random_sites, apd::kl_divergence) +
                     apd::reconstruction(apd::persistent_adversary(ci, {}), apd::all_sites, apd::kl_divergence);
    apd::ext::objective_step<problem, std::decay_t<decltype(sum)>> run(p, sum);
    run.evaluate();
    run.pullback();
}
auto learn(apd::cuda& device, const apd::token_windows<6, 11>& data) { return apd::train<network>(device, data); }
