#include <cmath>

#include <catch2/catch.hpp>
#include <support/toy.hpp>

namespace {

using network = apd::network<apd::linear<"W", 2, 2>, apd::relu>;

/// Two components of rank 2 with given entries, [2, 2, 2], of a target W, [2, 2].
apd::column_match_result match_of(const std::vector<double>& w, const std::vector<double>& p) {
    apd::parameters<network, double> target;
    std::copy(w.begin(), w.end(), target.get<"W">().begin());
    apd::decomposition<network, apd::shared_components<2, 2>, double> result{};
    result.target = target;
    result.learned.left[0] = p;
    result.learned.right[0] = {1, 0, 0, 1, 1, 0, 0, 1};
    return apd::column_match<"W">(target, result);
}

}  // namespace

TEST_CASE("components that hold a row each match perfectly") {
    const auto [mmcs, ml2r] = match_of({3, 4, 1, 0}, {3, 4, 0, 0, 0, 0, 1, 0});
    CHECK(mmcs == Approx(1));
    CHECK(ml2r == Approx(1));
    CHECK(match_of({3, 4, 1, 0}, {3, 4, 0, 0, 0, 0, 1, 0}).is_recovered());
}
TEST_CASE("each row is compared with the component of the largest cosine, whatever its length") {
    // Row 0 is (1, 0): component 0 holds (2, 2), cosine √½, component 1 (0.5, 0), cosine 1 and ratio ½.
    // Row 1 is (0, 2): component 0 holds (0, −2), cosine −1, component 1 (3, 4), cosine 0.8 and ratio 2.5.
    const auto match = match_of({1, 0, 0, 2}, {2, 2, 0, -2, 0.5, 0, 3, 4});
    CHECK(match.mmcs == Approx((1 + 0.8) / 2));
    CHECK(match.ml2r == Approx((0.5 + 2.5) / 2));
    CHECK_FALSE(match.is_recovered());
}
TEST_CASE("rows and components that are zero or NaN match nothing") {
    const double nan = std::nan("");
    const auto match = match_of({1, 0, 0, 0}, {nan, nan, 1, 1, 0, 0, nan, 0});
    CHECK(match.mmcs == 0);
    CHECK(match.ml2r == 0);
}
TEST_CASE("a decomposition comes out when rows are found in direction and in length") {
    CHECK(apd::column_match_result{0.99, 0.85}.is_recovered());
    CHECK_FALSE(apd::column_match_result{0.98, 1}.is_recovered());
    CHECK_FALSE(apd::column_match_result{1, 1.2}.is_recovered());
}
