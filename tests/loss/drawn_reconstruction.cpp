// Reconstruction losses: which sites, where masks come from, what is compared. Their numbers are those of the published
// code (tests/training/reference_spd.cpp); here every combination has the gradient of its value.

#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

using apd_test::gradients_of_importances_are_right;

namespace {
const auto ci = apd::shared_importances<3>();
}

TEST_CASE("drawn masks have the gradient of the loss, at all sites, one after the other, or some of each row") {
    const auto masks = apd::stochastic(ci);
    gradients_of_importances_are_right(ci, apd::reconstruction(masks, apd::each_site));
    gradients_of_importances_are_right(ci, apd::reconstruction(masks, apd::random_sites));
    gradients_of_importances_are_right(ci, apd::reconstruction(masks.without_delta(), apd::some_sites(0.5)));
    gradients_of_importances_are_right(ci, apd::reconstruction(masks.times(2), apd::random_sites));
}
TEST_CASE("importances as masks have the gradient of the loss") {
    gradients_of_importances_are_right(ci, apd::reconstruction(apd::masked_by(ci)));
    gradients_of_importances_are_right(ci, apd::reconstruction(apd::masked_by(ci), apd::each_site));
}
TEST_CASE("masks of coins, from importances that are blurred, have the gradient of the loss") {
    const auto blurred = ci.blurred();
    gradients_of_importances_are_right(blurred, apd::reconstruction(apd::stochastic(blurred, apd::coin_source{})));
}
TEST_CASE("divergences and what goes in and out of sites have the gradient of the loss") {
    const auto masks = apd::stochastic(ci);
    gradients_of_importances_are_right(ci, apd::reconstruction(masks, apd::kl_divergence));
    gradients_of_importances_are_right(ci, apd::reconstruction(masks, apd::random_sites, apd::kl_divergence));
    gradients_of_importances_are_right(ci, apd::reconstruction(masks, apd::site_inputs));
    gradients_of_importances_are_right(ci, apd::reconstruction(masks, apd::site_outputs));
}
TEST_CASE("methods mix: a top-k of attributions beside drawn masks, and simplicity of subcomponents") {
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 1.3);
    apd_test::gradients_of_shape_are_right<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>(
        1 * apd::reconstruction(apd::stochastic(ci)) + apd::minimality(active) +
            apd::simplicity(active, apd::schatten(1.0)),
        [](auto& problem) { apd_test::lay_between_0_and_1(problem); });
}
TEST_CASE("every loss has draws of its own, and those of a step are the same again") {
    apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend> small(20);
    apd::ext::objective_step run(small.problem, apd::reconstruction(apd::stochastic(ci)) +
                                                    apd::reconstruction(apd::stochastic(ci), apd::random_sites));
    run.evaluate();
    const auto first = run.values();
    CHECK(first == run.values());
    CHECK(first[0] != first[1]);
}
TEST_CASE("masks that are never drawn are refused") {
    apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend> small(20);
    CHECK_THROWS_WITH(apd::ext::objective_step(small.problem, 1 * apd::reconstruction(apd::stochastic(ci).times(0))),
                      Catch::Contains("its masks are drawn 0 times"));
}
TEST_CASE("losses say what they are") {
    CHECK(apd::reconstruction(apd::stochastic(ci).times(2), apd::each_site).describe() ==
          "reconstruction(drawn_masks(shared_importances<3>(), uniform_source()).times(2), each_site, squared_error)");
}
