// Stacks that break a rule do not compile: tested in compile_fail/. Here: what the rules are made of.

#include <tuple>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/network/bias.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/network/network_rules.hpp>

namespace {

using apd::ext::named, apd::ext::spelled;
using W = apd::linear<"W", 3, 2>;
using H = apd::linear<"H", 2, 2>;
using b = apd::bias<"b", 3>;
template <class Layer, class... Stack>
using resolved = typename apd::ext::detail::resolved_layer<Layer, Stack...>::type;
template <class Layer>
using label = apd::ext::detail::label<Layer>;

}  // namespace

static_assert(std::is_same_v<spelled<"">, named<>> && std::is_same_v<spelled<"W_in">, named<'W', '_', 'i', 'n'>>);

// A rule is true for what it asks.
static_assert(apd::ext::site_exists<spelled<"W">, true> && !apd::ext::site_exists<spelled<"W">, false>);
static_assert(apd::ext::parameter_exists<spelled<"b">, true> && !apd::ext::parameter_exists<spelled<"b">, false>);
static_assert(apd::ext::name_is_used_once<spelled<"b">, true> && !apd::ext::name_is_used_once<spelled<"b">, false>);
static_assert(apd::ext::is_a_layer<W> && apd::ext::is_a_layer<apd::relu> && !apd::ext::is_a_layer<int>);
static_assert(apd::ext::sizes_agree<spelled<"W">, apd::ext::gives<3>, apd::ext::wants<3>>);
static_assert(!apd::ext::sizes_agree<spelled<"W">, apd::ext::gives<3>, apd::ext::wants<2>>);

// A message names layers by their names, and those without by their types.
static_assert(std::is_same_v<label<W>, named<'W'>> && std::is_same_v<label<b>, named<'b'>>);
static_assert(std::is_same_v<label<apd::transposed<"W">>, named<'W'>>);
static_assert(std::is_same_v<label<apd::ext::detail::transposed_use<W>>, named<'W'>>);
static_assert(std::is_same_v<label<apd::relu>, apd::relu> && std::is_same_v<label<int>, int>);

// A transposed layer finds its site before or behind it; other layers stay what they are.
static_assert(
    std::is_same_v<resolved<apd::transposed<"W">, H, W, apd::transposed<"W">>, apd::ext::detail::transposed_use<W>>);
static_assert(
    std::is_same_v<resolved<apd::transposed<"W">, apd::transposed<"W">, W>, apd::ext::detail::transposed_use<W>>);
static_assert(std::is_same_v<resolved<apd::transposed<"V">, W, H>, apd::transposed<"V">>);
static_assert(std::is_same_v<resolved<W, H, W>, W> && std::is_same_v<resolved<apd::relu, W>, apd::relu>);

TEST_CASE("layers that keep the rules are the layers of a network") {
    using expected = std::tuple<W, H, apd::ext::detail::transposed_use<W>, b, apd::relu>;
    using layers = apd::ext::detail::network_layers<W, H, apd::ext::detail::transposed_use<W>, b, apd::relu>;
    STATIC_REQUIRE(std::is_same_v<layers, expected>);
}
