#include <cmath>
#include <vector>

#include <catch2/catch.hpp>
#include <support/answers.hpp>

TEST_CASE("singular values come from the factors, and the effective rank from them") {
    // U = diag(3, 4, 1)·…: P_1 = diag(2, 1), P_2 of rank one with norm 5.
    using square = apd::network<apd::linear<"W", 2, 2>>;
    apd::decomposition<square, apd::shared_components<2, 3>, double> result{};
    result.learned.left = {{{2, 0, 0, 0, 1, 0, 3, 0, 0, 4, 0, 0}}};
    result.learned.right = {{{1, 0, 0, 1, 0, 0, 0, 1, 7, 7, 7, 7}}};
    const auto values = apd::singular_values<0>(result);
    REQUIRE(values.size() == 2);
    CHECK(values[0].size() == 2);
    CHECK(values[0][0] == Approx(2));
    CHECK(values[0][1] == Approx(1));
    CHECK(values[1][0] == Approx(5));
    CHECK(values[1][1] == Approx(0).margin(1e-12));
    CHECK(apd::effective_rank({1, 1, 1}) == Approx(3));
    CHECK(apd::effective_rank({5, 0}) == Approx(1));
    CHECK(apd::effective_rank({}) == 0);
}
TEST_CASE("singular values are right where columns nearly depend on each other, and where there are more than rows") {
    // Two columns that differ by 1e-4 in one place.
    using tall = apd::network<apd::linear<"W", 3, 2>>;
    apd::decomposition<tall, apd::shared_components<1, 2>, double> result{};
    result.learned.left = {{{1, 1, 2, 2, 2, 2 + 1e-4}}};  // [3, 2]
    result.learned.right = {{{1, 0, 0, 1}}};
    const auto values = apd::singular_values<0>(result)[0];
    REQUIRE(values.size() == 2);
    // σ₁σ₂ = √det(UᵀU) = 1e-4·√(1 + 4), σ₁² + σ₂² = ‖U‖².
    const double product = 1e-4 * std::sqrt(5.0), square = 1 + 4 + 4 + 1 + 4 + (2 + 1e-4) * (2 + 1e-4);
    const double largest = std::sqrt((square + std::sqrt(square * square - 4 * product * product)) / 2);
    CHECK(values[0] == Approx(largest).epsilon(1e-12));
    CHECK(values[1] == Approx(product / largest).epsilon(1e-9));

    // Three columns in two rows, the third the sum of the others.
    using wide = apd::network<apd::linear<"W", 2, 3>>;
    apd::decomposition<wide, apd::shared_components<1, 3>, double> more{};
    more.learned.left = {{{1, 0, 1, 0, 1, 1}}};            // [2, 3]
    more.learned.right = {{{1, 0, 0, 0, 1, 0, 0, 0, 1}}};  // the identity: U Uᵀ has the eigenvalues 3 and 1
    const auto two = apd::singular_values<0>(more)[0];
    REQUIRE(two.size() == 2);
    CHECK(two[0] == Approx(std::sqrt(3.0)).epsilon(1e-12));
    CHECK(two[1] == Approx(1).epsilon(1e-12));
}
