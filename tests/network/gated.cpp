// That derivatives are derivatives is tested in laws/layers.cpp and laws/language.cpp.

#include <cmath>
#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <support/layer_output.hpp>

#include <apd/network/gated.hpp>

TEST_CASE("the first half of a row decides how much of the second passes") {
    const auto found = apd_test::layer_output<apd::gated<apd::silu>, 4>({0, 1, 5, 6});
    CHECK(found[0] == 0);
    CHECK(found[1] == Approx(6 / (1 + std::exp(-1.0))));
}
