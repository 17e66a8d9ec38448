#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

namespace {

using toy = apd::network<apd::linear<"A", 4, 3>, apd::gelu, apd::linear<"B", 3, 4>, apd::bias<"b", 4>>;
using run = apd::decomposition<toy, apd::subcomponents<3, 2>>;
const auto ci = apd::private_importances<4>();
const apd::sparse_features<4> data{.probability = 0.5};

run a_run(apd::cpu& device) {
    return apd::decompose<apd::subcomponents<3, 2>>(
        device, apd_test::random_parameters<toy, float>(1), data,
        apd::importance_minimality(ci, 1) + apd::reconstruction(apd::stochastic(ci)), {.steps = 30, .batch = 32});
}

}  // namespace

TEST_CASE("masks of every kind are compared as losses with these masks are") {
    apd::cpu device({.threads = 1});
    const auto result = a_run(device);
    apd::evaluator answers(device, result, 32);
    const auto x = answers.inputs(data, 64);
    const auto check = [&](const auto& distance) {
        const auto found = apd::mask_comparison(answers, ci, x, {}, distance);
        const auto expected = apd::losses(answers,
                                          apd::reconstruction(apd::masked_by(ci), apd::all_sites, distance) +
                                              apd::output_reconstruction(distance) +
                                              apd::reconstruction(apd::stochastic(ci), apd::all_sites, distance),
                                          x);
        CHECK(found.importances == Approx(expected[0]).epsilon(1e-3));
        CHECK(found.all == Approx(expected[1]).epsilon(1e-3));
        CHECK(found.stochastic == Approx(expected[2]).epsilon(1e-6));
        // Thresholds beyond all importances leave all masks, or none.
        CHECK(apd::mask_comparison(answers, ci, x, {.threshold = 2}, distance).rounded == found.none);
        CHECK(apd::mask_comparison(answers, ci, x, {.threshold = -1}, distance).rounded == found.all);
        CHECK(apd::mask_comparison(answers, ci, x, {.seed = 1}, distance).random != found.random);
        CHECK(apd::mask_comparison(answers, ci, x, {}, distance).random == found.random);
    };
    check(apd::squared_error{});
    check(apd::kl_divergence);
}
TEST_CASE("the more often an adversary climbs, the larger is the loss") {
    apd::cpu device({.threads = 1});
    const auto result = a_run(device);
    apd::evaluator answers(device, result, 64);
    const auto curve = apd::adversarial_curve(answers, ci, answers.inputs(data, 64), {0, 2, 20});
    REQUIRE(curve.size() == 3);
    CHECK(curve[1] > curve[0]);
    CHECK(curve[2] > curve[1]);
}
