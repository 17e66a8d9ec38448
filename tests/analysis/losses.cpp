#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

namespace {

using toy = apd::network<apd::linear<"A", 4, 3>, apd::linear<"B", 3, 4>>;
const auto ci = apd::private_importances<4>();
const apd::sparse_features<4> data{.probability = 0.5};

auto short_run(apd::cpu& device) {
    return apd::decompose<apd::subcomponents<3, 2>>(
        device, apd_test::random_parameters<toy, float>(1), data,
        apd::importance_minimality(ci, 1) + apd::reconstruction(apd::stochastic(ci)), {.steps = 20, .batch = 32});
}

}  // namespace

TEST_CASE("losses on given inputs are means over whole batches, and say what outputs do") {
    apd::cpu device({.threads = 1});
    const auto result = short_run(device);
    apd::evaluator answers(device, result, 16);
    const auto x = answers.inputs(data, 48);
    const auto found =
        apd::losses(answers, apd::reconstruction(apd::masked_by(ci)) + 3 * apd::output_reconstruction(), x);
    // The same by outputs.
    const auto g = answers.importances(x, ci);
    double masked = 0;
    for (const double error : apd::squared_errors(answers.outputs(x, g), answers.target_outputs(x)))
        masked += error / 48;
    CHECK(found[0] == Approx(masked).epsilon(1e-4));
    CHECK(found[1] > 0);
    CHECK(apd::losses(answers, apd::reconstruction(apd::masked_by(ci)), x)[0] == found[0]);
    CHECK_THROWS_WITH(apd::losses(answers, apd::output_reconstruction(), answers.inputs(data, 20)),
                      Catch::Contains("no whole number of batches"));
}
TEST_CASE("an adversary makes a loss larger than chance does, and more steps make it larger") {
    apd::cpu device({.threads = 1});
    const auto result = short_run(device);
    apd::evaluator answers(device, result, 64);
    const auto x = answers.inputs(data, 64);
    const auto climbed = [&](std::size_t steps) {
        return apd::reconstruction(apd::shared_adversary(ci, {.steps = steps, .rate = 0.1}));
    };
    const auto found = apd::losses(answers, apd::reconstruction(apd::stochastic(ci)) + climbed(3) + climbed(20), x);
    CHECK(found[2] > found[0]);
    CHECK(found[2] >= found[1]);
}
