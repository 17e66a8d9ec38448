// Which places of a network are residual streams, and what arrives there.

#include <array>
#include <cstddef>

#include <catch2/catch.hpp>

#include <apd/network/residual_streams.hpp>

namespace {

template <apd::static_string In, apd::static_string Out>
using mlp =
    apd::residual<apd::linear<apd::static_string(In), 8, 3>, apd::relu, apd::linear<apd::static_string(Out), 3, 8>>;
using embedding = apd::frozen<apd::linear<"E", 4, 8>>;
using unembedding = apd::transposed<"E">;

template <std::size_t N>
constexpr std::size_t count(const std::array<bool, N>& places) {
    std::size_t number = 0;
    for (const bool is_one : places) number += is_one ? 1U : 0U;
    return number;
}

}  // namespace

TEST_CASE("what layers of a residual network write adds up in streams, and what others read is no stream") {
    // 0 E 1 in0 2 relu 3 out0 4 skip 5 in1 6 relu 7 out1 8 skip 9 Eᵀ 10
    using streams =
        apd::ext::residual_streams<apd::network<embedding, mlp<"in0", "out0">, mlp<"in1", "out1">, unembedding>>;
    CHECK(streams::are == std::array{false, true, false, false, true, true, false, false, true, true, false});
    CHECK(streams::arrivals[0] == std::array<std::size_t, 11>{0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0});
    CHECK(streams::arrivals[3] == std::array<std::size_t, 11>{0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0});
    CHECK(streams::arrivals[7] == std::array<std::size_t, 11>{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0});
    CHECK((streams::writes(0) && streams::reads(1) && streams::reads(9)));
    CHECK((!streams::writes(1) && !streams::reads(3)));
}
TEST_CASE("a place that a function or a bias reads or writes is no stream") {
    CHECK(count(apd::ext::residual_streams<
                apd::network<embedding, mlp<"in0", "out0">, apd::bias<"b", 8>, unembedding>>::are) == 0);
    CHECK(
        count(
            apd::ext::residual_streams<apd::network<embedding, apd::identity, mlp<"in0", "out0">, unembedding>>::are) ==
        0);
    CHECK(count(apd::ext::residual_streams<apd::network<apd::linear<"W", 4, 3>, apd::transposed<"W">>>::are) == 1);
    CHECK(
        count(apd::ext::residual_streams<apd::network<apd::linear<"W", 4, 3>, apd::relu, apd::transposed<"W">>>::are) ==
        0);
}
TEST_CASE("the network's input and output are no streams, and a matrix between two is none that writes to a third") {
    using streams = apd::ext::residual_streams<
        apd::network<apd::linear<"A", 4, 5>, apd::linear<"B", 5, 6>, apd::linear<"C", 6, 4>>>;
    CHECK(streams::are == std::array{false, true, false, false});
}
