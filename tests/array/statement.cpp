#include <cstddef>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/array/elementwise.hpp>
#include <apd/array/statement.hpp>

using namespace apd::ext::literals;
using apd::dynamic;

namespace {

template <std::size_t... Sizes>
using floats = apd::ext::view<float, apd::extents<Sizes...>>;
constexpr floats<dynamic, 4> x;
constexpr floats<dynamic, 6> z;
constexpr floats<4, 6> w;
constexpr floats<6> bias;
constexpr floats<> n;

template <class Statement>
constexpr apd::ext::statement_traits<Statement> traits_of(const Statement&) {
    return {};
}
constexpr bool spells(const apd::ext::letter_list& list, std::string_view letters) {
    return std::string_view(list.letter.data(), list.count) == letters;
}

}  // namespace

TEST_CASE("a list of letters holds each once, in the order of first appearance") {
    constexpr auto list = [] {
        apd::ext::letter_list letters;
        for (const char letter : {'b', 'i', 'b', 'o'}) letters.add(letter);
        return letters;
    }();
    STATIC_REQUIRE(spells(list, "bio"));
    STATIC_REQUIRE(list.has('o'));
    STATIC_REQUIRE_FALSE(list.has('c'));
    STATIC_REQUIRE(spells(list.without('i'), "bo"));
    STATIC_REQUIRE(spells(list.without('c'), "bio"));
}

TEST_CASE("letters of the target are kept and the others summed") {
    constexpr auto product = traits_of(z["bo"_i] = x["bi"_i] * w["io"_i]);
    STATIC_REQUIRE(spells(product.out, "bo"));
    STATIC_REQUIRE(spells(product.summed, "i"));
    constexpr auto total = traits_of(n[""_i] += apd::ext::square(x["bi"_i] - 1) * w["io"_i]);
    STATIC_REQUIRE(spells(total.out, ""));
    STATIC_REQUIRE(spells(total.summed, "bio"));
    constexpr auto number = traits_of(w["io"_i] = 1);
    STATIC_REQUIRE(spells(number.out, "io"));
    STATIC_REQUIRE(spells(number.summed, ""));
}

TEST_CASE("a letter's size is that of the axes it names") {
    constexpr auto product = traits_of(z["bo"_i] = x["bi"_i] * w["io"_i]);
    STATIC_REQUIRE(product.size('b') == dynamic);
    STATIC_REQUIRE(product.size('i') == 4);
    STATIC_REQUIRE(product.size('o') == 6);
    STATIC_REQUIRE(product.size('c') == 0);
}

TEST_CASE("the letter of the samples is found on either side") {
    STATIC_REQUIRE(traits_of(z["bo"_i] = bias["o"_i]).batch_letter == 'b');
    STATIC_REQUIRE(traits_of(w["io"_i] = x["si"_i] * z["so"_i]).batch_letter == 's');
    STATIC_REQUIRE(traits_of(w["io"_i] = bias["o"_i]).batch_letter == '\0');
}

TEST_CASE("a statement is flat if all arrays have the target's letters and none has gaps between its rows") {
    STATIC_REQUIRE(traits_of(w["io"_i] += w["io"_i] * 2).is_flat);
    STATIC_REQUIRE(traits_of(w["io"_i] = 0).is_flat);
    STATIC_REQUIRE(traits_of(n[""_i] = n[""_i] / 2).is_flat);
    STATIC_REQUIRE_FALSE(traits_of(w["io"_i] = bias["o"_i]).is_flat);
    STATIC_REQUIRE_FALSE(traits_of(floats<4, 4>{}["ij"_i] = floats<4, 4>{}["ji"_i]).is_flat);
    STATIC_REQUIRE_FALSE(traits_of(x["bi"_i] = x["bi"_i] * 2).is_flat);
    STATIC_REQUIRE(traits_of(floats<apd::dynamic>{}["b"_i] = floats<apd::dynamic>{}["b"_i] * 2).is_flat);
    STATIC_REQUIRE(traits_of(w.flat()["i"_i] += w.flat()["i"_i]).is_flat);
}

TEST_CASE("leaves are visited from left to right") {
    std::string letters;
    apd::ext::detail::for_each_leaf(apd::ext::square(x["bi"_i] - 1) * w["io"_i] + 2 / bias["o"_i],
                                    [&](const auto& leaf) {
                                        using names = typename std::decay_t<decltype(leaf)>::letters;
                                        for (std::size_t axis = 0; axis < names::count; ++axis)
                                            letters += names::letter(axis);
                                        letters += ' ';
                                    });
    CHECK(letters == "bi io o ");
}
