#include <limits>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/array/elementwise.hpp>

namespace {

template <class E>
constexpr auto number(const E& expression) {
    return expression.value(apd::position{});
}

}  // namespace

TEMPLATE_TEST_CASE("functions of one number", "", float, double) {
    constexpr auto x = [](TestType n) { return apd::constant<TestType>(n); };
    STATIC_REQUIRE(number(apd::square(x(-3))) == 9);
    STATIC_REQUIRE(number(apd::nonzero(x(0))) == 0);
    STATIC_REQUIRE(number(apd::nonzero(x(-TestType(0)))) == 0);
    STATIC_REQUIRE(number(apd::nonzero(x(-2))) == 1);
    STATIC_REQUIRE(number(apd::nonzero(x(std::numeric_limits<TestType>::denorm_min()))) == 1);
    CHECK(number(apd::sqrt(x(16))) == 4);
    CHECK(number(apd::sqrt(x(0))) == 0);
    CHECK(number(apd::exp(x(0))) == 1);
    CHECK(number(apd::exp(x(1))) == Approx(2.718281828459045).epsilon(sizeof(TestType) == 8 ? 1e-14 : 1e-6));
    CHECK(number(apd::exp(x(-1e4))) == 0);
    CHECK(number(apd::log(x(1))) == 0);
    CHECK(number(apd::log(x(10))) == Approx(2.302585092994046).epsilon(sizeof(TestType) == 8 ? 1e-14 : 1e-6));
    CHECK(number(apd::pow(x(16), 0.5)) == 4);
    CHECK(number(apd::pow(x(2), -2)) == TestType(0.25));
    CHECK(number(apd::pow(x(5), 0)) == 1);
}

TEMPLATE_TEST_CASE("the larger of two numbers", "", float, double) {
    constexpr auto x = [](TestType n) { return apd::constant<TestType>(n); };
    STATIC_REQUIRE(number(apd::larger(x(2), x(3))) == 3);
    STATIC_REQUIRE(number(apd::larger(x(3), x(2))) == 3);
    STATIC_REQUIRE(number(apd::larger(x(-2), x(-3))) == -2);
    STATIC_REQUIRE(number(apd::larger(x(5), x(5))) == 5);
    STATIC_REQUIRE(number(apd::larger(x(0), apd::square(x(-2)))) == 4);
}

TEST_CASE("functions keep the scalar") {
    constexpr apd::constant<float> x(2);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::square(x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::sqrt(x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::exp(x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::log(x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::larger(x, x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::nonzero(x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::pow(x, 0.9))::scalar, float>);
}

TEST_CASE("functions nest") {
    constexpr apd::constant<double> x(3);
    STATIC_REQUIRE(number(apd::square(apd::square(x) - 1)) == 64);
    CHECK(number(apd::sqrt(apd::square(x) + 16)) == 5);
}
