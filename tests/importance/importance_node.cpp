#include <cmath>
#include <limits>
#include <tuple>

#include <catch2/catch.hpp>

#include <apd/importance/importance_node.hpp>
#include <apd/importance/private_importances.hpp>

TEST_CASE("masks are made of q between 0 and 1") {
    const apd::ext::detail::cut_to_unit g;
    CHECK(std::tuple(g(-1.0), g(0.0), g(0.25), g(1.0), g(3.0)) == std::tuple(0.0, 0.0, 0.25, 1.0, 1.0));
    CHECK(std::isnan(g(std::numeric_limits<double>::quiet_NaN())));
}
TEST_CASE("a gradient reaches q within (0, 1], and below only if it asks for more, in part") {
    const apd::ext::detail::lower_leak slope;
    CHECK(std::tuple(slope(0.5, 2.0), slope(0.5, -2.0), slope(1.0, 2.0)) == std::tuple(2.0, -2.0, 2.0));
    CHECK(std::tuple(slope(0.0, 2.0), slope(-1.0, 2.0), slope(1.5, -2.0)) == std::tuple(0.0, 0.0, 0.0));
    CHECK(slope(0.0, -2.0) == Approx(-0.02));
    CHECK(slope(-1.0, -2.0) == Approx(-0.02));
}
TEST_CASE("what is kept small still rises above 1") {
    const apd::ext::detail::upper_squashing g;
    const apd::ext::detail::upper_slope slope;
    CHECK(std::tuple(g(-1.0), g(0.0), g(0.25), g(1.0)) == std::tuple(0.0, 0.0, 0.25, 1.0));
    CHECK(g(3.0) == Approx(1.02));
    CHECK(std::tuple(slope(-1.0), slope(0.0), slope(0.25), slope(1.0)) == std::tuple(0.0, 1.0, 1.0, 1.0));
    CHECK(slope(3.0) == Approx(0.01));
}
TEST_CASE("importances describe themselves") {
    CHECK(apd::private_importances<16>().describe() == "private_importances<16>()");
    CHECK(apd::vector_importances<8, 4>().blurred().describe() ==
          "vector_importances<8, 4>().blurred(uniform_source())");
}
