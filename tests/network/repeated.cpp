#include <cstddef>
#include <string_view>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/network/network.hpp>

namespace {
template <std::size_t I>
using block = apd::residual<apd::linear<apd::numbered<"h.*.in", I>, 4, 3>, apd::gelu,
                            apd::linear<apd::numbered<"h.*.out", I>, 3, 4>>;
using network = apd::network<apd::repeated<3, block>>;
}  // namespace

TEST_CASE("blocks are declared once, and what they do is compiled once") {
    STATIC_REQUIRE(std::is_same_v<network, network>);
    STATIC_REQUIRE(std::is_same_v<network::layers, apd::network<block<0>, block<1>, block<2>>::layers>);
    STATIC_REQUIRE(network::site_names[4] == std::string_view("h.2.in"));
    for (std::size_t l = 4; l < network::depth; ++l) CHECK(network::kinds[l] == network::kinds[l - 4]);
}
