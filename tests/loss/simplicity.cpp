#include <cmath>

#include <catch2/catch.hpp>
#include <support/two_components.hpp>

namespace {
const auto largest =
    apd::batch_top_k(apd::gradient_attribution(), 2.0 / 3 + 1e-9);  // P_1 on one sample, P_2 on another
}

TEST_CASE("simplicity sums a power of the singular values of active components") {
    apd_test::two_components by_hand;
    const double first = (4 + 0.25) * 1.25 * 1.25, second = 1.875 * 1.875;  // squared singular values
    // Two parameters, three samples; the four inactive pairs give (1e-16)^{p/2} each.
    for (const double p : {2.0, 1.0, 0.5}) {
        const double expected = (std::pow(first, p / 2) + std::pow(second, p / 2) + 4 * std::pow(1e-16, p / 2)) / 6;
        CHECK(by_hand.values(1.0 * apd::simplicity(largest, apd::schatten(p)))[0] == Approx(expected));
    }
}
TEST_CASE("with a real mask its entries multiply the squared singular values") {
    apd_test::two_components by_hand;
    const auto mask = apd::lp(apd::gradient_attribution(), 2);  // the attributions themselves
    const double first = (4 + 0.25) * 1.25 * 1.25, second = 1.875 * 1.875;
    const double expected =
        (std::sqrt(6.25 * first) + std::sqrt(0.625 * 0.625 * first) + std::sqrt(second * second)) / 6;
    CHECK(by_hand.values(1.0 * apd::simplicity(mask, apd::schatten(1)))[0] == Approx(expected).epsilon(1e-6));
}
TEST_CASE("a power that gives no rank penalty is an error") {
    for (const double p : {0.0, -1.0, 2.5, std::nan("")}) CHECK_THROWS_AS(apd::schatten(p), apd::error);
    CHECK_THROWS_WITH(apd::schatten(0), "schatten: p is 0; choose a power above 0 and at most 2, such as 0.9");
}
