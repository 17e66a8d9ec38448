// That derivatives are derivatives is tested in laws/layers.cpp and laws/language.cpp.

#include <cmath>
#include <cstddef>
#include <ratio>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/layer_output.hpp>

#include <apd/network/norm.hpp>

static_assert(std::is_same_v<apd::rms_norm<"n", 3>::parts,
                             std::tuple<apd::ext::normalise<false, std::micro>, apd::scale<"n", 3>>>);

TEST_CASE("rows are divided by their root mean square") {
    const auto found = apd_test::layer_output<apd::ext::normalise<false, std::centi>, 2>({3, 4, 0, 0});
    const double root = std::sqrt(12.5 + 0.01);
    CHECK_THAT(found, Catch::Matchers::Approx(std::vector<double>{3 / root, 4 / root, 0, 0}).margin(1e-15));
}
TEST_CASE("rows are divided by their deviation, from their mean on") {
    const auto found = apd_test::layer_output<apd::ext::normalise<true, std::centi>, 3>({1, 2, 6, 5, 5, 5});
    const double root = std::sqrt(14.0 / 3 + 0.01);
    CHECK_THAT(found,
               Catch::Matchers::Approx(std::vector<double>{-2 / root, -1 / root, 3 / root, 0, 0, 0}).margin(1e-15));
}
TEST_CASE("every entry has a scale of its own") {
    CHECK(apd_test::layer_output<apd::scale<"g", 2>, 2>({3, 4, 5, 6}, {2, -1}) == std::vector<double>{6, -4, 10, -6});
}
