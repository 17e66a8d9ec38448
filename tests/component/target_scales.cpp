#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {
using network = apd_test::small_network<apd::gelu>;
const apd::sparse_features<4> data{.probability = 0.4, .low = -1, .high = 1, .seed = 3};
}  // namespace

TEST_CASE("scales are the losses of no components, and the simplicity of one like the target") {
    apd_test::tested_backend device;
    const auto target = apd_test::random_parameters<network, double>(1);
    const auto scale = apd::scales_of(device, target, data, 0.9, 64, 5);

    // The losses themselves, with factors that are zero.
    apd::problem<apd_test::tested_backend, double, network, 2, 1> problem(device, target, 64);
    apd::factors<network, 2, 1, double> factors;
    problem.factors.upload(device, factors);
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 1);
    apd::objective_step run(
        problem, apd::faithfulness() + apd::minimality(active) + apd::simplicity(active, apd::schatten(0.9)));
    problem.fill(data, 5U);
    run.evaluate();
    CHECK(scale.weights == Approx(run.values()[0]));
    CHECK(scale.effect == Approx(run.values()[1]));

    // One component on every sample, with the root mean square of the target's singular values as its only one.
    const auto length = [](std::span<const double> w) {
        double square = 0;
        for (const double v : w) square += v * v;
        return std::sqrt(square / 3);  // both matrices have rank 3
    };
    factors.left[0] = {1, 0, 0, 0, 0, 0, 0, 0}, factors.right[0] = {length(target.get<"W">()), 0, 0, 0, 0, 0};
    factors.left[1] = {1, 0, 0, 0, 0, 0}, factors.right[1] = {length(target.get<"H">()), 0, 0, 0, 0, 0};
    problem.factors.upload(device, factors);
    apd::objective_step one(
        problem, 1.0 * apd::simplicity(apd::per_sample_top_k(apd::gradient_attribution(), 1), apd::schatten(0.9)));
    one.evaluate();
    CHECK(scale.spectrum == Approx(one.values()[0]));
}
TEST_CASE("scales of nothing are an error") {
    using Catch::Matchers::Contains;
    apd_test::tested_backend device;
    const auto target = apd_test::random_parameters<network, double>(1);
    auto without = target;
    std::ranges::fill(without.get<"H">(), 0.0);
    CHECK_THROWS_WITH(apd::scales_of(device, without, data, 0.9), Contains("change the output on no sample"));
    CHECK_THROWS_WITH(apd::scales_of(device, apd::parameters<network, double>(), data, 0.9),
                      Contains("the sites' weights are zero"));
}
