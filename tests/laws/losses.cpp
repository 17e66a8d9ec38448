// The law of loss_term and mask_node: pullback is the gradient of measure, by central differences in double.

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

template <class Mask>
auto every_loss_of(Mask mask) {
    return apd::faithfulness() + apd::minimality(mask) + apd::hidden_reconstruction(mask) +
           apd::simplicity(mask, apd::schatten(0.9)) + apd::output_reconstruction();
}

}  // namespace

TEST_CASE("losses of a binary mask have the gradient of their value") {
    const auto mask = apd::batch_top_k(apd::gradient_attribution(), 1.3);
    apd_test::gradients_are_right<apd_test::small_network<apd::gelu>, 3, 2, apd_test::tested_backend>(
        every_loss_of(mask));
}
TEST_CASE("losses of a mask with an always active component have the gradient of their value") {
    const auto mask = apd::per_sample_top_k(apd::gradient_attribution(), 1, apd::distil);
    apd_test::gradients_are_right<apd_test::small_network<apd::relu>, 3, 2, apd_test::tested_backend>(
        every_loss_of(mask));
}
TEST_CASE("losses of a real mask have the gradient of their value") {
    const auto mask = apd::lp(apd::gradient_attribution(), 0.9);
    apd_test::gradients_are_right<apd_test::small_network<apd::gelu>, 3, 2, apd_test::tested_backend>(
        apd::sparsity(mask) + apd::simplicity(mask, apd::schatten(1.0)));
}
TEST_CASE("losses of a pass with real shares of components have the gradient of their value") {
    const auto mask = apd::lp(apd::gradient_attribution(), 0.9);
    apd_test::gradients_are_right<apd_test::small_network<apd::gelu>, 3, 2, apd_test::tested_backend>(
        apd::minimality(mask) + apd::hidden_reconstruction(mask));
}
TEST_CASE("the divergence of logits has the gradient of its value") {
    const auto mask = apd::batch_top_k(apd::gradient_attribution(), 1.3);
    apd_test::gradients_are_right<apd_test::small_network<apd::gelu>, 3, 2, apd_test::tested_backend>(
        apd::minimality(mask, apd::kl_divergence) + apd::output_reconstruction(apd::kl_divergence));
}
TEST_CASE("a real mask of reverse-mode attributions has the same gradient") {
    const auto mask = apd::lp(apd::gradient_attribution(apd::of_target, apd::reverse_mode), 1.2);
    apd_test::gradients_are_right<apd_test::small_network<apd::relu>, 2, 1, apd_test::tested_backend>(
        apd::sparsity(mask) + apd::simplicity(mask, apd::schatten(0.8)));
}
