#include <set>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/component/problem.hpp>
#include <apd/network/layer_handle.hpp>
#include <apd/network/network.hpp>

namespace {

using apd::ext::operator""_i;
using apd::bias;
using apd::frozen;
using apd::linear;
using apd::relu;
using apd::residual;
using apd::transposed;

template <apd::static_string In, apd::static_string Bias, apd::static_string Out>
using block = residual<linear<In, 4, 8>, bias<Bias, 8>, relu, linear<Out, 8, 4>>;
// Layers 0 to 4, 5 to 9, 10 to 14; then 15, 16, 17.
using deep = apd::network<block<"in0", "b0", "out0">, block<"in1", "b1", "out1">, block<"in2", "b2", "out2">, relu,
                          frozen<linear<"E", 4, 8>>, transposed<"E">>;

std::vector<std::size_t> numbers(const auto& table) { return {table.begin(), table.end()}; }

template <class F>
struct function_layer {
    static constexpr std::size_t inputs = 4;
    static constexpr bool is_translation = true;
    static constexpr std::size_t outputs(std::size_t = 4) { return 4; }
    static void forward(auto& device, const auto&, const auto& x, const auto& y) {
        device(y["bi"_i] = x["bi"_i] + F{}());
    }
};

}  // namespace

TEST_CASE("layers are alike if they differ in their names alone") {
    CHECK(numbers(deep::kinds) == std::vector<std::size_t>{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 15, 16, 17});
    CHECK(numbers(deep::layers_back) == std::vector<std::size_t>{0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0});
}
TEST_CASE("layers that are spelled alike and are not, are not alike") {
    using first = function_layer<decltype([] { return 1; })>;
    using second = function_layer<decltype([] { return 2; })>;
    using net = apd::network<linear<"W", 4, 4>, first, second, first, second>;
    STATIC_REQUIRE(!std::is_same_v<first, second>);
    for (std::size_t l = 1; l < net::depth; ++l)
        for (std::size_t other = 1; other < net::depth; ++other)
            if (net::kinds[l] == net::kinds[other]) CHECK(l % 2 == other % 2);
}
TEST_CASE("of a problem, sites that are alike have as many components") {
    using alike = apd::ext::problem<apd::cpu, float, deep, apd::subcomponents<3>>;
    CHECK(numbers(alike::kinds) == numbers(deep::kinds));
    using others = apd::ext::problem<apd::cpu, float, deep, apd::subcomponents<3, 5, 7, 5, 3, 5>>;
    CHECK(numbers(others::kinds) == std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 0, 1, 2, 3, 4, 15, 16, 17});
    const auto site = others::site_of(apd::ext::layer_handle<deep, 3>{8});
    CHECK(site.number == 3);
    CHECK(site.first == 15);
    STATIC_REQUIRE(decltype(site)::count == 5);
}
TEST_CASE("a loop over layers visits each in its turn, and is compiled once for each kind") {
    std::vector<std::size_t> visited, back, uses, declared;
    std::set<std::size_t> kinds;
    apd::ext::for_each_layer<deep, 3>([&](auto layer) {
        visited.push_back(layer.number);
        kinds.insert(layer.like);
        CHECK(layer.before().width == deep::sizes[layer.number]);
        CHECK(layer.behind().number == layer.number + 1);
        CHECK(layer.outputs == deep::sizes[layer.number + 1]);
    });
    CHECK(visited == std::vector<std::size_t>{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17});
    CHECK(kinds == std::set<std::size_t>{0, 1, 2, 3, 4, 15, 16, 17});
    apd::ext::for_each_layer_back<deep, 14>([&](auto layer) { back.push_back(layer.number); });
    CHECK(back == std::vector<std::size_t>{17, 16, 15, 14});
    apd::ext::for_each_use<deep>([&](auto layer) { uses.push_back(layer.number); });
    CHECK(uses == std::vector<std::size_t>{0, 3, 5, 8, 10, 13});
    apd::ext::for_each_parameter<deep>([&](auto layer) { declared.push_back(layer.number); });
    CHECK(declared == std::vector<std::size_t>{0, 1, 3, 5, 6, 8, 10, 11, 13, 16});
}
TEST_CASE("the end of a block knows where it begins") {
    CHECK(apd::ext::layer_handle<deep, 4>{14}.block_begin().number == 10);
    STATIC_REQUIRE(apd::ext::layer_number<deep, 14>.block_begin().width == 4);
}
