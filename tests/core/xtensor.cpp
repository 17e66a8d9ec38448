#include <catch2/catch.hpp>

#include <apd/core/xtensor.hpp>

TEST_CASE("arrays of fixed and of any rank are there, and arrays of zeros, wherever xtensor keeps its headers") {
    const xt::xtensor<double, 2> fixed = xt::zeros<double>({2, 3});
    xt::xarray<double> any = fixed;
    any(1, 2) = 4;
    CHECK(any.dimension() == 2);
    CHECK(fixed(1, 2) + any(1, 2) == 4);
}
