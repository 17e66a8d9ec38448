#include <cstddef>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/network/linear.hpp>
#include <apd/report/verdict.hpp>

namespace {

using network = apd::network<apd::linear<"A", 3, 4>, apd::linear<"B", 4, 2>>;
using matrix = xt::xtensor<double, 2>;

/// Four components; at both sites component c has only this number in its first entry.
auto with_numbers(const std::vector<double>& at_a, const std::vector<double>& at_b) {
    apd::decomposition<network, apd::shared_components<4, 1>, double> result{};
    result.options.steps = result.completed_steps = 20;
    for (std::size_t c = 0; c < 4; ++c) {
        result.learned.left[0][c * 3] = at_a[c], result.learned.right[0][c * 4] = 1;
        result.learned.left[1][c * 4] = at_b[c], result.learned.right[1][c * 2] = 1;
    }
    return result;
}
const auto three = with_numbers({1, 1, 1, 0}, {0, 0, 0, 0});
const auto one = with_numbers({0, 1, 0, 0}, {0, 0, 0, 0});

}  // namespace

TEST_CASE("components that are not zero at some site are in use") {
    CHECK(apd::verdict(with_numbers({1, 0, 0, 0}, {0, 0, 2, 0})) == "2 of 4 components in use.");
    CHECK(apd::verdict(with_numbers({1, 0.009, 0.011, 0}, {0, 0, 0, 0})) == "2 of 4 components in use.");
    CHECK(apd::verdict(with_numbers({0, 0, 0, 0}, {0, 0, 0, 0})) == "0 of 4 components in use.");
}
TEST_CASE("a number that is not finite is no zero, and makes no other component one") {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    CHECK(apd::verdict(with_numbers({1, nan, 0, 0}, {0, 0, infinity, 0})) == "3 of 4 components in use.");
}
TEST_CASE("the norm of a component of a higher rank is that of the product of its factors") {
    apd::decomposition<apd::network<apd::linear<"W", 2, 2>>, apd::shared_components<2, 2>, double> result{};
    result.options.steps = result.completed_steps = 1;
    result.learned.left[0] = {1, 1, 0, 0, 1, 0, 0, 0};     // component 0: two columns that are equal, ...
    result.learned.right[0] = {1, 2, -1, -2, 1, 0, 0, 0};  // ... and two rows that cancel
    CHECK(apd::verdict(result) == "1 of 2 components in use.");
}
TEST_CASE("with attributions the verdict says whether each feature has a component of its own") {
    CHECK(apd::verdict(three, matrix{{0, 0.1, 2, 0}, {3, 0, 0, 0}, {0, 1, 0, 0}}) ==
          "3 of 4 components in use; every feature has one of its own.");
    CHECK(apd::verdict(one, matrix{{0, 1, 0, 0}, {0, 2, 0, 0}, {0, 3, 0, 0}}) ==
          "1 of 4 components in use; 3 features share it.");
    CHECK(apd::verdict(three, matrix{{0, 1, 0, 0}, {0, 2, 0, 0}, {3, 0, 0, 0}}) ==
          "3 of 4 components in use; 1 of 3 features has one of its own, 2 share component 1.");
    CHECK(apd::verdict(three, matrix{{0, 1, 0, 0}, {0, 2, 0, 0}, {3, 0, 0, 0}, {3, 0, 0, 0}}) ==
          "3 of 4 components in use; 4 features share 2 of them.");
    CHECK(apd::verdict(three, matrix{{0, 1, 0, 0}, {0, 2, 0, 0}, {3, 0, 0, 0}, {3, 0, 0, 0}, {0, 0, 1, 0}}) ==
          "3 of 4 components in use; 1 of 5 features has one of its own, 4 share 2 others.");
}
TEST_CASE("a feature to which no component does anything has none") {
    CHECK(apd::verdict(one, matrix{{0, 0, 0, 0}, {0, 2, 0, 0}}) ==
          "1 of 4 components in use; 1 feature has one of its own; 1 feature does nothing alone.");
    CHECK(apd::verdict(one, matrix{{0, 0, 0, 0}, {0, 0, 0, 0}}) ==
          "1 of 4 components in use; 2 features do nothing alone.");
}
TEST_CASE("a run that failed or ended early says so") {
    auto result = three;
    result.completed_steps = 7;
    CHECK(apd::verdict(result) == "3 of 4 components in use; stopped after 7 of 20 steps.");
    result.failure = "the term 'minimality' became NaN by step 7";
    CHECK(apd::verdict(result) == "The run failed after 7 of 20 steps.");
}
