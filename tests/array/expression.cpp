#include <string>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/array/expression.hpp>

namespace {

template <class A, class B>
concept addable = requires(A a, B b) {
    a + b;
};

/// The number that a position gives its letter: an expression of one's own.
struct place : apd::ext::expression_base {
    using scalar = double;
    char letter;
    constexpr explicit place(char l) : letter(l) {}
    constexpr double value(const apd::ext::position& at) const { return static_cast<double>(at[letter]); }
};

constexpr apd::ext::position at_2_5 = [] {
    apd::ext::position at;
    at['b'] = 2;
    at['i'] = 5;
    return at;
}();

}  // namespace

TEST_CASE("expressions are derived from the base") {
    STATIC_REQUIRE(apd::ext::expression<apd::ext::constant<float>>);
    STATIC_REQUIRE(apd::ext::expression<const place&>);
    STATIC_REQUIRE_FALSE(apd::ext::expression<float>);
}

TEST_CASE("the four operations keep the order of their sides") {
    constexpr place b('b'), i('i');
    STATIC_REQUIRE((b + i).value(at_2_5) == 7);
    STATIC_REQUIRE((b - i).value(at_2_5) == -3);
    STATIC_REQUIRE((b * i).value(at_2_5) == 10);
    STATIC_REQUIRE((b / i).value(at_2_5) == 0.4);
    STATIC_REQUIRE((b - 1).value(at_2_5) == 1);
    STATIC_REQUIRE((1 - b).value(at_2_5) == -1);
    STATIC_REQUIRE((b / 4).value(at_2_5) == 0.5);
    STATIC_REQUIRE((3 / b).value(at_2_5) == 1.5);
    STATIC_REQUIRE((2 + b * i - (1 - i)).value(at_2_5) == 16);
}

TEST_CASE("a number takes the scalar of the expression beside it") {
    constexpr apd::ext::constant<float> x(0.5F);
    STATIC_REQUIRE(std::is_same_v<decltype(x * 3.0)::scalar, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(3 - x)::scalar, float>);
    STATIC_REQUIRE((x * 0.1).value({}) == 0.5F * 0.1F);
}

TEST_CASE("operations take an expression and a number or two expressions") {
    STATIC_REQUIRE(addable<place, place>);
    STATIC_REQUIRE(addable<int, place>);
    STATIC_REQUIRE_FALSE(addable<place, std::string>);
    STATIC_REQUIRE_FALSE(addable<std::nullptr_t, place>);
}

TEST_CASE("any function of any number of expressions is mapped over positions") {
    constexpr auto larger = [](double x, double y, double z) { return (x > y ? x : y) + z; };
    STATIC_REQUIRE(apd::ext::map(larger, place('b'), place('i'), apd::ext::constant<double>(10)).value(at_2_5) == 15);
    constexpr auto is_even = [](double x) { return x / 2 == static_cast<int>(x / 2); };
    constexpr auto even = apd::ext::map(is_even, place('b'));
    STATIC_REQUIRE(std::is_same_v<decltype(even)::scalar, bool>);
    STATIC_REQUIRE(even.value(at_2_5));
    STATIC_REQUIRE_FALSE(apd::ext::map(is_even, place('i')).value(at_2_5));
}
