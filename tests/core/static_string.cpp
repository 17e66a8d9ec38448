#include <string_view>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/core/static_string.hpp>

namespace {
template <apd::static_string Name>
struct named {
    static constexpr std::string_view name = Name.view();
};
}  // namespace

TEST_CASE("a literal is part of a type") {
    STATIC_REQUIRE(named<"layers.0.mlp_in">::name == "layers.0.mlp_in");
    STATIC_REQUIRE(std::is_same_v<named<"W">, named<"W">>);
    STATIC_REQUIRE(!std::is_same_v<named<"W">, named<"V">>);
    STATIC_REQUIRE(!std::is_same_v<named<"W">, named<"W_E">>);
}
TEST_CASE("a number goes in the place of a star") {
    STATIC_REQUIRE(named<apd::numbered<"h.*.q", 0>>::name == "h.0.q");
    STATIC_REQUIRE(named<apd::numbered<"*", 9>>::name == "9");
    STATIC_REQUIRE(named<apd::numbered<"h*", 1230>>::name == "h1230");
    STATIC_REQUIRE(std::is_same_v<named<apd::numbered<"h.*", 3>>, named<"h.3">>);
}

TEST_CASE("a static string has the characters of its literal") {
    constexpr apd::static_string text{"bo"};
    STATIC_REQUIRE(text.size() == 2);
    STATIC_REQUIRE(text[0] == 'b');
    STATIC_REQUIRE(text[1] == 'o');
    STATIC_REQUIRE(apd::static_string{""}.size() == 0);
}

TEST_CASE("static strings are equal when their characters are") {
    STATIC_REQUIRE(apd::static_string{"W"} == apd::static_string{"W"});
    STATIC_REQUIRE(!(apd::static_string{"W"} == apd::static_string{"V"}));
    STATIC_REQUIRE(!(apd::static_string{"W"} == apd::static_string{"WW"}));
}
