#include <string>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/core/pack.hpp>

namespace {
template <std::size_t I>
using row = int[I + 1];
template <std::size_t I>
struct place {
    static constexpr std::size_t number = I;
};
}  // namespace

TEST_CASE("a pack holds values of different types side by side") {
    // [example pack]
    const apd::ext::pack<int, float> two{{{1}, {2.F}}};
    CHECK(apd::ext::get<1>(two) == 2);
    CHECK(two.unpack([](int i, float f) { return static_cast<float>(i) * f; }) == 2);
    // [/example]
    apd::ext::pack<std::string, int, int> three{{{"a"}, {1}, {2}}};
    apd::ext::get<0>(three) += "b";
    apd::ext::get<2>(three) = 7;
    CHECK(apd::ext::get<0>(three) == "ab");
    CHECK(apd::ext::get<1>(three) == 1);
    CHECK(apd::ext::get<2>(three) == 7);
    CHECK(apd::ext::pack<>{}.unpack([] { return 3; }) == 3);
}
TEST_CASE("the values of a pack are made from left to right, and are all there though they be empty") {
    int next = 0;
    const apd::ext::pack<int, int, int> counted{{{next++}, {next++}, {next++}}};
    CHECK(counted.unpack([](int a, int b, int c) { return 100 * a + 10 * b + c; }) == 12);
    const apd::ext::pack<place<0>, place<0>> empty{};
    CHECK(static_cast<const void*>(&apd::ext::get<0>(empty)) != static_cast<const void*>(&apd::ext::get<1>(empty)));
}
TEST_CASE("a pack over indices has one value for each") {
    STATIC_REQUIRE(std::is_same_v<apd::ext::pack_over<place, 3>, apd::ext::pack<place<0>, place<1>, place<2>>>);
    STATIC_REQUIRE(std::is_same_v<apd::ext::pack_over<row, 2>, apd::ext::pack<int[1], int[2]>>);
    STATIC_REQUIRE(std::is_same_v<apd::ext::pack_over<place, 0>, apd::ext::pack<>>);
}
