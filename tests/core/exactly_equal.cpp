#include <limits>

#include <catch2/catch.hpp>

#include <apd/core/exactly_equal.hpp>

TEST_CASE("numbers are exactly equal if no bit tells them apart but the sign of zero") {
    using apd::ext::detail::exactly_equal;
    CHECK(exactly_equal(0.0, -0.0));
    CHECK(exactly_equal(1.5F, 1.5F));
    CHECK_FALSE(exactly_equal(1.0, 1.0 + std::numeric_limits<double>::epsilon()));
    CHECK_FALSE(exactly_equal(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::quiet_NaN()));
}
