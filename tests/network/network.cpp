#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/network/network.hpp>

namespace {

// [example network]
using tms = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;
// [/example]

// A bias first, two sites of which the second is used three times, two of them before it is declared.
using tied = apd::network<apd::bias<"shift", 3>, apd::linear<"in", 3, 2>, apd::transposed<"W">, apd::gelu,
                          apd::linear<"W", 4, 2>, apd::bias<"b", 2>, apd::transposed<"W">>;

/// Doubles the width: a layer of a user's own without a parameter.
struct twice {
    static constexpr std::size_t outputs(std::size_t inputs) { return 2 * inputs; }
    static void forward(auto& device, const auto& none, const auto& x, const auto& y);
    static void pushforward(auto& device, const auto& none, const auto& x, const auto& tx, const auto& ty);
    static void pullback(auto& device, const auto& none, const auto& x, const auto& gy, const auto& gx);
};
using widened = apd::network<apd::linear<"W", 3, 5>, twice, twice>;

template <class Net>
constexpr bool sizes_are(std::initializer_list<std::size_t> expected) {
    return std::equal(Net::sizes.begin(), Net::sizes.end(), expected.begin(), expected.end());
}
template <class List>
constexpr bool is(const List& list, std::initializer_list<std::size_t> expected) {
    return std::equal(list.begin(), list.end(), expected.begin(), expected.end());
}

}  // namespace

static_assert(tms::depth == 4 && tms::inputs == 5 && tms::outputs == 5 && sizes_are<tms>({5, 2, 5, 5, 5}));
static_assert(is(tms::parametrised, {0, 2}) && is(tms::sites, {0}) && is(tms::uses, {0, 1}));
static_assert(tms::uses_of(0) == 2 && tms::used_parameters == 20);
static_assert(tms::parameter_of<0> == 0 && tms::parameter_of<1> == 0 && tms::parameter_of<2> == 1);
static_assert(tms::site_of<0> == 0 && tms::site_of<1> == 0);
static_assert(tms::parameter_named<"W"> == 0 && tms::parameter_named<"b"> == 1 && tms::site_named<"W"> == 0);
static_assert(std::is_same_v<tms::layer_at<1>, apd::ext::detail::transposed_use<apd::linear<"W", 5, 2>>>);
static_assert(std::is_same_v<tms::layer_at<3>, apd::relu>);
static_assert(std::is_same_v<tms::site_at<0>, apd::linear<"W", 5, 2>>);
static_assert(std::is_same_v<tms::parameter_at<1>, apd::bias<"b", 5>>);

static_assert(sizes_are<tied>({3, 3, 2, 4, 4, 2, 2, 4}));
static_assert(is(tied::parametrised, {0, 1, 4, 5}) && is(tied::sites, {1, 4}) && is(tied::uses, {1, 2, 4, 6}));
static_assert(tied::uses_of(0) == 1 && tied::uses_of(1) == 3 && tied::used_parameters == 6 + 3 * 8);
static_assert(tied::parameter_of<0> == 0 && tied::parameter_of<1> == 1 && tied::parameter_of<2> == 2 &&
              tied::parameter_of<4> == 2 && tied::parameter_of<5> == 3 && tied::parameter_of<6> == 2);
static_assert(tied::site_of<1> == 0 && tied::site_of<2> == 1 && tied::site_of<4> == 1 && tied::site_of<6> == 1);
static_assert(tied::parameter_named<"shift"> == 0 && tied::parameter_named<"W"> == 2 && tied::site_named<"W"> == 1);
static_assert(tied::site_at<1>::name.view() == "W" && tied::parameter_at<3>::name.view() == "b");

static_assert(sizes_are<widened>({3, 5, 10, 20}) && widened::outputs == 20 && widened::used_parameters == 15);

// A bias behind the last site does not matter; before a site it does, and so does a function that promises nothing.
struct softplus_function {
    double operator()(double x) const { return std::log1p(std::exp(x)); }
    static double derivative(double x) { return 1 / (1 + std::exp(-x)); }
};
static_assert(tms::preserves_zero);
static_assert(apd::network<apd::linear<"a", 2, 2>, apd::gelu, apd::residual<apd::linear<"b", 2, 2>>>::preserves_zero);
static_assert(!apd::network<apd::linear<"a", 2, 2>, apd::bias<"c", 2>, apd::linear<"b", 2, 2>>::preserves_zero);
static_assert(
    !apd::network<apd::linear<"a", 2, 2>, apd::elementwise<softplus_function>, apd::linear<"b", 2, 2>>::preserves_zero);

TEST_CASE("repeat counts in constants, from 0") {
    std::vector<std::size_t> seen;
    apd::repeat<3>([&](auto i) {
        constexpr std::size_t constant = i;
        seen.push_back(constant);
    });
    CHECK(seen == std::vector<std::size_t>{0, 1, 2});
    apd::repeat<0>([&](auto) { seen.clear(); });
    CHECK(seen.size() == 3);
}
