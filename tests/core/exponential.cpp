#include <algorithm>
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include <apd/core/exponential.hpp>

using apd::ext::detail::exponential;

TEST_CASE("the exponential of a float is right to a few of its last places") {
    double worst = 0;
    for (float x = -86.4F; x < 88.7F; x += 0.0007F) {
        const double exact = std::exp(static_cast<double>(x));
        worst = std::max(worst, std::abs(static_cast<double>(exponential(x)) / exact - 1));
    }
    CHECK(worst < 2e-7);
    CHECK(exponential(0.0F) == 1);
    CHECK(exponential(1.5) == std::exp(1.5));
}
TEST_CASE("beyond what a float holds it is zero, or infinite; NaN stays NaN") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    CHECK(exponential(-87.0F) < 2e-38F);
    CHECK(exponential(-88.0F) == 0);
    CHECK(exponential(-1e30F) == 0);
    CHECK(exponential(-infinity) == 0);
    CHECK(exponential(89.0F) == infinity);
    CHECK(exponential(infinity) == infinity);
    CHECK(std::isnan(exponential(std::numeric_limits<float>::quiet_NaN())));
}
