// VPD of a small language model agrees with its published code, step by step: every loss, every gradient, every number
// that is learned.

#include <cstddef>
#include <string>

#include <catch2/catch.hpp>
#include <support/published_run.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

using apd_test::agrees_with_published, apd_test::published_draws, apd_test::published_routing,
    apd_test::published_source;

namespace {

// The published LlamaSimpleMLP: 6 positions, 8 wide, 2 heads that share a key and a value.
template <std::size_t I>
using block =
    apd::chain<apd::residual<apd::rms_norm<apd::numbered<"target.h.*.rms_1.weight", I>, 8>,
                             apd::beside<apd::linear<apd::numbered<"target.h.*.attn.q_proj.weight", I>, 8, 8>,
                                         apd::linear<apd::numbered<"target.h.*.attn.k_proj.weight", I>, 8, 4>,
                                         apd::linear<apd::numbered<"target.h.*.attn.v_proj.weight", I>, 8, 4>>,
                             apd::rotary<6, 3, 4, 1>, apd::causal_attention<6, 2, 4, 1>,
                             apd::linear<apd::numbered<"target.h.*.attn.o_proj.weight", I>, 8, 8>>,
               apd::residual<apd::rms_norm<apd::numbered<"target.h.*.rms_2.weight", I>, 8>,
                             apd::linear<apd::numbered<"target.h.*.mlp.c_fc.weight", I>, 8, 12>, apd::gelu_tanh,
                             apd::linear<apd::numbered<"target.h.*.mlp.down_proj.weight", I>, 12, 8>>>;
using llama = apd::network<apd::embedding<"target.wte.weight", 11, 8>, apd::repeated<2, block>,
                           apd::rms_norm<"target.ln_f.weight", 8>, apd::transposed<"target.wte.weight">>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("VPD of a language model, with importances by a transformer, agrees", "",
                        apd_test::tested_scalars) {
    agrees_with_published<TestType, llama, apd::subcomponents<5, 4, 4, 5, 6, 7, 5, 4, 4, 5, 6, 7>>(
        "vpd_transformer_kl",
        {"FaithfulnessLoss", "ImportanceMinimalityLoss", "StochasticReconSubsetLoss", "PersistentPGD"},
        [](published_draws& draws) {
            const auto ci = apd::transformer_importances<8, 2, 2, 12>();
            return 100 * apd::faithfulness() +
                   0.002 * apd::importance_minimality(ci, apd::annealed{2, 0.4, 0, 2}, 0.5) +
                   0.5 * apd::reconstruction(
                             apd::stochastic(ci, published_source{{}, &draws, "StochasticReconSubsetLoss"}),
                             published_routing{{}, &draws, "StochasticReconSubsetLoss"}, apd::kl_divergence) +
                   0.5 * apd::reconstruction(apd::persistent_adversary(ci, {.rate = 0.05, .before = 2}), apd::all_sites,
                                             apd::kl_divergence);
        },
        {.learning_rate = 0.003, .shape = apd::decay::half_cosine, .final_share = 0.1}, {.factors = 0.05});
}
