// The published method on residual networks agrees with an independent implementation, step by step.

#include <catch2/catch.hpp>
#include <support/reference.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

using apd_test::agrees;

namespace {

template <apd::static_string In, apd::static_string Out, std::size_t Width, std::size_t Neurons, class Activation>
using mlp = apd::residual<apd::linear<apd::static_string(In), Width, Neurons>, Activation,
                          apd::linear<apd::static_string(Out), Neurons, Width>>;
template <std::size_t F, std::size_t Width, class... Blocks>
using residual_network = apd::network<apd::frozen<apd::linear<"target.W_E", F, Width>>, Blocks...,
                                      apd::frozen<apd::linear<"target.W_U", Width, F>>>;
using one_layer =
    residual_network<10, 24, mlp<"target.layers.0.mlp_in.weight", "target.layers.0.mlp_out.weight", 24, 8, apd::relu>>;
using two_gelu_layers =
    residual_network<9, 16, mlp<"target.layers.0.mlp_in.weight", "target.layers.0.mlp_out.weight", 16, 7, apd::gelu>,
                     mlp<"target.layers.1.mlp_in.weight", "target.layers.1.mlp_out.weight", 16, 7, apd::gelu>>;
using two_layers_with_biases = residual_network<
    9, 20,
    apd::residual<apd::linear<"target.layers.0.mlp_in.weight", 20, 6>, apd::bias<"target.layers.0.bias_in", 6>,
                  apd::relu, apd::linear<"target.layers.0.mlp_out.weight", 6, 20>,
                  apd::bias<"target.layers.0.bias_out", 20>>,
    apd::residual<apd::linear<"target.layers.1.mlp_in.weight", 20, 6>, apd::bias<"target.layers.1.bias_in", 6>,
                  apd::relu, apd::linear<"target.layers.1.mlp_out.weight", 6, 20>,
                  apd::bias<"target.layers.1.bias_out", 20>>>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("a residual network with unit columns agrees with the reference", "",
                        apd_test::tested_scalars) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 1.28);
    agrees<TestType, one_layer, 13, apd::full_rank>(
        "resid_mlp_1layer", attribution, mask,
        apd::faithfulness() + apd::minimality(mask) + apd::hidden_reconstruction<apd::relu>(mask) +
            10 * apd::simplicity(mask, apd::schatten(0.9)),
        {"param_match_loss", "topk_recon_loss", "act_recon_loss", "schatten_loss"},
        {.learning_rate = 1e-3, .shape = apd::decay::cosine, .warm_up = 0.01}, apd::column_norm::unit);
}
TEMPLATE_LIST_TEST_CASE("two residual blocks with biases agree with the reference", "", apd_test::tested_scalars) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 1.28);
    agrees<TestType, two_layers_with_biases, 12, 4>(
        "resid_mlp_2layer_bias", attribution, mask,
        apd::faithfulness() + 2 * apd::minimality(mask) + apd::hidden_reconstruction<apd::relu>(mask) +
            7 * apd::simplicity(mask, apd::schatten(0.9)),
        {"param_match_loss", "topk_recon_loss", "act_recon_loss", "schatten_loss"},
        {.learning_rate = 1e-3, .shape = apd::decay::cosine, .warm_up = 0.01});
}
TEMPLATE_LIST_TEST_CASE("two residual blocks with gelu in components of rank 1 agree with the reference", "",
                        apd_test::tested_scalars) {
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::batch_top_k(attribution, 1.0);
    agrees<TestType, two_gelu_layers, 11, 1>(
        "resid_mlp_2layer_gelu_rank1", attribution, mask,
        apd::faithfulness() + apd::minimality(mask) + apd::simplicity(mask, apd::schatten(0.9)),
        {"param_match_loss", "topk_recon_loss", "schatten_loss"}, {.learning_rate = 2e-3});
}
