// The published method on toy models agrees with an independent implementation, step by step.

#include <catch2/catch.hpp>
#include <support/reference.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

using apd_test::agrees;

namespace {

template <std::size_t F, std::size_t H>
using toy = apd::network<apd::linear<"target.embed.weight", F, H>, apd::transposed<"target.embed.weight">,
                         apd::bias<"target.bias", F>, apd::relu>;
using hidden_toy = apd::network<apd::linear<"target.embed.weight", 6, 3>, apd::linear<"target.hidden.0.weight", 3, 3>,
                                apd::transposed<"target.embed.weight">, apd::bias<"target.bias", 6>, apd::relu>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("batch top-k on TMS 5-2 agrees with the reference", "", apd_test::tested_scalars) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 0.5);
    agrees<TestType, toy<5, 2>, 5, 3>(
        "tms_5-2_batch_topk", attribution, mask,
        apd::faithfulness() + 1.0 * apd::minimality(mask) + 0.7 * apd::simplicity(mask, apd::schatten(1.0)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"}, {.learning_rate = 0.03});
}
TEMPLATE_LIST_TEST_CASE("cosine with warm-up on TMS 12-4 agrees with the reference", "", apd_test::tested_scalars) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 1.0);
    agrees<TestType, toy<12, 4>, 15, 5>(
        "tms_12-4_cosine_warmup", attribution, mask,
        apd::faithfulness() + 10.0 * apd::minimality(mask) + 15.0 * apd::simplicity(mask, apd::schatten(0.9)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"},
        {.learning_rate = 0.01, .shape = apd::decay::cosine, .warm_up = 0.4});
}
TEMPLATE_LIST_TEST_CASE("per-sample top-k of activation attributions agrees with the reference", "",
                        apd_test::tested_scalars) {
    const auto attribution = apd::activation_attribution();
    const auto mask = apd::per_sample_top_k(attribution, 2);
    agrees<TestType, toy<5, 2>, 5, 3>(
        "tms_5-2_per_sample_topk", attribution, mask,
        apd::faithfulness() + apd::minimality(mask) + 0.7 * apd::simplicity(mask, apd::schatten(1.0)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"}, {.learning_rate = 0.01});
}
TEMPLATE_LIST_TEST_CASE("a hidden layer and hidden reconstruction agree with the reference", "",
                        apd_test::tested_scalars) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 1.5);
    agrees<TestType, hidden_toy, 9, 3>("tms_6-3_hidden_layer", attribution, mask,
                                       apd::faithfulness() + apd::minimality(mask) +
                                           0.5 * apd::hidden_reconstruction(mask) +
                                           0.5 * apd::simplicity(mask, apd::schatten(0.9)),
                                       {"param_match_loss", "topk_recon_loss", "act_recon_loss", "schatten_loss"},
                                       {.learning_rate = 0.01, .shape = apd::decay::linear});
}
TEMPLATE_LIST_TEST_CASE("exact top-k with distil agrees with the reference", "", apd_test::tested_scalars) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::exact_top_k(attribution, apd::distil);
    agrees<TestType, toy<8, 3>, 10, 4>(
        "tms_8-3_exact_topk_distil", attribution, mask,
        apd::faithfulness() + apd::minimality(mask) + 0.3 * apd::simplicity(mask, apd::schatten(0.8)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"},
        {.learning_rate = 0.01, .shape = apd::decay::exponential, .half_life = 3});
}
TEMPLATE_LIST_TEST_CASE("the L_p form with unit columns agrees with the reference", "", apd_test::tested_scalars) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::lp(attribution, 0.9);
    agrees<TestType, toy<5, 2>, 5, 3>("tms_5-2_lp", attribution, mask,
                                      apd::faithfulness() + 0.25 * apd::output_reconstruction() +
                                          7.0 * apd::sparsity(mask) + 1.0 * apd::simplicity(mask, apd::schatten(1.0)),
                                      {"param_match_loss", "out_recon_loss", "lp_sparsity_loss", "schatten_loss"},
                                      {.learning_rate = 0.01}, apd::column_norm::unit);
}
