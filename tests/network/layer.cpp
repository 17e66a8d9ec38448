// The laws of layers are tested for every model in laws/layers.cpp; here: what is a layer, and names of axes.

#include <cstddef>
#include <string>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/network/bias.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/network/linear.hpp>
#include <apd/network/transposed.hpp>

namespace {

using W = apd::linear<"W", 3, 2>;
using turned_use = apd::ext::detail::transposed_use<W>;

struct without_outputs {};
struct outputs_are_text {
    static std::string outputs(std::size_t) { return {}; }
};
struct needs_an_argument {
    explicit needs_an_argument(int) {}
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs; }
};
struct doubled {
    static constexpr std::size_t outputs(std::size_t inputs) { return 2 * inputs; }
};
struct named_without_shape : doubled {
    static constexpr apd::static_string name{"d"};
};
struct site_without_orientation : doubled {
    using matrix = W;
};

template <apd::static_string Letters>
using axes_of = decltype(apd::ext::operator""_i<Letters>());
template <apd::static_string Last, class... Sizes>
using letters_along = typename decltype(apd::ext::along<Last>(std::declval<Sizes...>()))::letters;
template <std::size_t... Sizes>
using batch = apd::ext::view<float, apd::extents<apd::dynamic, Sizes...>>;

}  // namespace

static_assert(apd::ext::layer<W> && apd::ext::layer<turned_use> && apd::ext::layer<apd::bias<"b", 2>> &&
              apd::ext::layer<apd::relu> && apd::ext::layer<apd::gelu> && apd::ext::layer<apd::identity> &&
              apd::ext::layer<doubled>);
static_assert(!apd::ext::layer<int> && !apd::ext::layer<without_outputs> && !apd::ext::layer<outputs_are_text> &&
              !apd::ext::layer<needs_an_argument>);
static_assert(!apd::ext::layer<apd::transposed<"W">>);  // not before the network has found its site

static_assert(apd::ext::parametrised_layer<W> && apd::ext::parametrised_layer<apd::bias<"b", 2>>);
static_assert(!apd::ext::parametrised_layer<turned_use> && !apd::ext::parametrised_layer<apd::relu> &&
              !apd::ext::parametrised_layer<doubled> && !apd::ext::parametrised_layer<named_without_shape>);

static_assert(apd::ext::site_use<W> && apd::ext::site_use<turned_use>);
static_assert(!apd::ext::site_use<apd::bias<"b", 2>> && !apd::ext::site_use<apd::relu> &&
              !apd::ext::site_use<site_without_orientation>);

TEST_CASE("along names the axes of activations and of tangents") {
    STATIC_REQUIRE(std::is_same_v<letters_along<"i", batch<4>>, axes_of<"bi">>);
    STATIC_REQUIRE(std::is_same_v<letters_along<"o", batch<4>>, axes_of<"bo">>);
    STATIC_REQUIRE(std::is_same_v<letters_along<"o", batch<3, 4>>, axes_of<"bko">>);
    STATIC_REQUIRE(std::is_same_v<letters_along<"to", batch<2, 3, 4>>, axes_of<"bkto">>);
    float number = 0;
    CHECK(apd::ext::along<"i">(batch<4>{&number, 5, 16}).array.data == &number);
}
