#include <vector>

#include <catch2/catch.hpp>
#include <support/answers.hpp>
#include <support/tested_backend.hpp>

using apd_test::matrix;

TEST_CASE("neuron contributions are a feature's way to its own output through every neuron") {
    // r = x E, r += relu(r A) B, y = r Eᵀ with E the identity: contribution of neuron j to feature f: A[f, j] B[j, f].
    using block =
        apd::network<apd::frozen<apd::linear<"E", 2, 2>>,
                     apd::residual<apd::linear<"A", 2, 3>, apd::relu, apd::linear<"B", 3, 2>>, apd::transposed<"E">>;
    apd::decomposition<block, apd::shared_components<2, 1>, double> result{};
    const auto set = [](std::span<double> target, std::vector<double> values) {
        std::ranges::copy(values, target.begin());
    };
    set(result.target.get<"E">(), {1, 0, 0, 1});
    set(result.target.get<"A">(), {1, 2, 3, 4, 5, 6});
    set(result.target.get<"B">(), {1, -1, 2, -2, 3, -3});
    // Component 1 is A, B of neuron 1 and feature 1 alone, component 2 is zero.
    result.learned.left = {{{1, 0, 0, 0}, {1, 0, 0, 0, 0, 0}}};
    result.learned.right = {{{1, 0, 0, 0, 0, 0}, {1, 0, 0, 0}}};
    apd_test::tested_backend device;
    apd::evaluator answers(device, result, 2);
    const auto found = apd::neuron_contributions(answers, {{0, 1}, {{0}, {1}}});
    CHECK((found.target == matrix{{1, 4, 9}, {-4, -10, -18}}));
    CHECK((found.component == matrix{{1, 0, 0}, {0, 0, 0}}));
    CHECK(found.slope() == Approx(1.0 / (1 + 16 + 81 + 16 + 100 + 324)));
    const apd::neuron_contributions_result scaled{found.target, 0.5 * found.target};
    CHECK(scaled.correlation() == Approx(1));
    CHECK(scaled.slope() == Approx(0.5));
}

TEST_CASE("neuron contributions of subcomponents are the largest that one in front of the neuron gives") {
    // As above, and a second block that reads the same inputs: the neurons of both, with three subcomponents a site.
    using blocks =
        apd::network<apd::frozen<apd::linear<"E", 2, 2>>,
                     apd::residual<apd::linear<"A", 2, 1>, apd::bias<"b", 1>, apd::relu, apd::linear<"B", 1, 2>>,
                     apd::residual<apd::linear<"C", 2, 1>, apd::relu, apd::linear<"D", 1, 2>>, apd::transposed<"E">>;
    apd::decomposition<blocks, apd::subcomponents<3>, double> result{};
    const auto set = [](std::span<double> target, std::vector<double> values) {
        std::ranges::copy(values, target.begin());
    };
    set(result.target.get<"E">(), {1, 0, 0, 1});
    set(result.target.get<"A">(), {1, 2});
    set(result.target.get<"B">(), {3, -4});
    set(result.target.get<"C">(), {5, 6});
    set(result.target.get<"D">(), {7, 8});
    // A as (1, 0) + (0, 3) + (0, −1), B as (1 + 2 + 0)(1, −1), C as (2, 2) + (3, 0) + (0, 4), D as (0, 8) alone.
    result.learned.left = {{{1, 0, 0, 3, 0, -1}, {1, 2, 0}, {2, 2, 3, 0, 0, 4}, {1, 0, 0}}};
    result.learned.right = {{{1, 1, 1}, {1, -1, 1, -1, 0, 0}, {1, 1, 1}, {0, 8, 0, 0, 0, 0}}};
    apd_test::tested_backend device;
    apd::evaluator answers(device, result, 2);
    const auto found = apd::neuron_contributions(answers);
    CHECK((found.target == matrix{{1 * 3, 5 * 7}, {2 * -4, 6 * 8}}));
    CHECK((found.component == matrix{{1 * 3, 0}, {-1 * -3, 4 * 8}}));
}
