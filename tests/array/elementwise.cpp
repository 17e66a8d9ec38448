#include <limits>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/array/elementwise.hpp>

namespace {

template <class E>
constexpr auto number(const E& expression) {
    return expression.value(apd::ext::position{});
}

}  // namespace

TEMPLATE_TEST_CASE("functions of one number", "", float, double) {
    constexpr auto x = [](TestType n) { return apd::ext::constant<TestType>(n); };
    STATIC_REQUIRE(number(apd::ext::square(x(-3))) == 9);
    STATIC_REQUIRE(number(apd::ext::nonzero(x(0))) == 0);
    STATIC_REQUIRE(number(apd::ext::nonzero(x(-TestType(0)))) == 0);
    STATIC_REQUIRE(number(apd::ext::nonzero(x(-2))) == 1);
    STATIC_REQUIRE(number(apd::ext::nonzero(x(std::numeric_limits<TestType>::denorm_min()))) == 1);
    CHECK(number(apd::ext::sqrt(x(16))) == 4);
    CHECK(number(apd::ext::sqrt(x(0))) == 0);
    CHECK(number(apd::ext::exp(x(0))) == 1);
    CHECK(number(apd::ext::exp(x(1))) == Approx(2.718281828459045).epsilon(sizeof(TestType) == 8 ? 1e-14 : 1e-6));
    CHECK(number(apd::ext::exp(x(-1e4))) == 0);
    CHECK(number(apd::ext::log(x(1))) == 0);
    CHECK(number(apd::ext::log(x(10))) == Approx(2.302585092994046).epsilon(sizeof(TestType) == 8 ? 1e-14 : 1e-6));
    CHECK(number(apd::ext::pow(x(16), 0.5)) == 4);
    CHECK(number(apd::ext::pow(x(2), -2)) == TestType(0.25));
    CHECK(number(apd::ext::pow(x(5), 0)) == 1);
}

TEMPLATE_TEST_CASE("the larger of two numbers", "", float, double) {
    constexpr auto x = [](TestType n) { return apd::ext::constant<TestType>(n); };
    STATIC_REQUIRE(number(apd::ext::larger(x(2), x(3))) == 3);
    STATIC_REQUIRE(number(apd::ext::larger(x(3), x(2))) == 3);
    STATIC_REQUIRE(number(apd::ext::larger(x(-2), x(-3))) == -2);
    STATIC_REQUIRE(number(apd::ext::larger(x(5), x(5))) == 5);
    STATIC_REQUIRE(number(apd::ext::larger(x(0), apd::ext::square(x(-2)))) == 4);
}

TEST_CASE("functions keep the scalar") {
    constexpr apd::ext::constant<float> x(2);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::ext::square(x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::ext::sqrt(x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::ext::exp(x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::ext::log(x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::ext::larger(x, x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::ext::nonzero(x))::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(apd::ext::pow(x, 0.9))::scalar, float>);
}

TEST_CASE("functions nest") {
    constexpr apd::ext::constant<double> x(3);
    STATIC_REQUIRE(number(apd::ext::square(apd::ext::square(x) - 1)) == 64);
    CHECK(number(apd::ext::sqrt(apd::ext::square(x) + 16)) == 5);
}
