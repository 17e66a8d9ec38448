#include <vector>

#include <catch2/catch.hpp>
#include <support/answers.hpp>

TEST_CASE("singular values come from the factors, and the effective rank from them") {
    // U = diag(3, 4, 1)·…: P_1 = diag(2, 1), P_2 of rank one with norm 5.
    using square = apd::network<apd::linear<"W", 2, 2>>;
    apd::decomposition<square, 2, 3, double> result{};
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
