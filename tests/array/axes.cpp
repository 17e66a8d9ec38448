#include <cstddef>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/array/axes.hpp>

using namespace apd::ext::literals;

TEST_CASE("a literal names axes by letters") {
    constexpr auto letters = "bio"_i;
    STATIC_REQUIRE(apd::ext::named_axes<decltype(letters)>);
    STATIC_REQUIRE(letters.count == 3);
    STATIC_REQUIRE(letters.letter(0) == 'b');
    STATIC_REQUIRE(letters.letter(2) == 'o');
    STATIC_REQUIRE(letters.find('o') == 2);
    STATIC_REQUIRE(letters.find('x') == 3);
    STATIC_REQUIRE(letters.has('i'));
    STATIC_REQUIRE_FALSE(letters.has('x'));
    STATIC_REQUIRE(""_i.count == 0);
    STATIC_REQUIRE_FALSE(""_i.has('b'));
    STATIC_REQUIRE_FALSE(apd::ext::named_axes<int>);
}

TEST_CASE("letters are renamed, left out and made up") {
    const auto is = [](auto letters, auto expected) { return std::is_same_v<decltype(letters), decltype(expected)>; };
    STATIC_REQUIRE(is(apd::ext::detail::renamed<'b', 'p'>("bob"_i), "pop"_i));
    STATIC_REQUIRE(is(apd::ext::detail::renamed<'b', 'p'>("io"_i), "io"_i));
    STATIC_REQUIRE(is(apd::ext::detail::without<'c'>("bcr"_i), "br"_i));
    STATIC_REQUIRE(is(apd::ext::detail::without<'c'>("c"_i), ""_i));
    STATIC_REQUIRE(is(apd::ext::detail::joined("b"_i, "io"_i), "bio"_i));
    STATIC_REQUIRE(apd::ext::detail::array_letters<0>.count == 0);
    STATIC_REQUIRE(apd::ext::detail::array_letters<3>.count == 3);
    STATIC_REQUIRE(apd::ext::detail::array_letters<3>.letter(2) == 'c');
}

TEST_CASE("a position holds a number for every letter, 0 at first") {
    constexpr auto moved = [] {
        apd::ext::position at;
        at['b'] = 7;
        ++at['i'];
        return at;
    }();
    STATIC_REQUIRE(moved['b'] == 7);
    STATIC_REQUIRE(moved['i'] == 1);
    STATIC_REQUIRE(moved['o'] == 0);
}
