#include <array>
#include <cstddef>
#include <cstdint>

#include <catch2/catch.hpp>

#include <apd/core/philox.hpp>

namespace {
using words = std::array<std::uint32_t, 4>;
}

// The known answers that Random123 ships (kat_vectors: philox4x32 10).
TEST_CASE("Philox 4x32-10 gives the known answers") {
    STATIC_REQUIRE(apd::ext::philox({0, 0, 0, 0}, 0) == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    STATIC_REQUIRE(apd::ext::philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffff) ==
                   words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    STATIC_REQUIRE(apd::ext::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822) ==
                   words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("every sample has a place of its own") {
    constexpr std::size_t samples = 256;  // blocks of 64 samples take four words of 16 counters
    std::array<int, samples> taken{};
    for (std::size_t b = 0; b < samples; ++b) {
        const auto place = apd::ext::random_place::of(b);
        REQUIRE(place.word < 4);
        REQUIRE(place.counter * 4 + place.word < samples);
        ++taken[place.counter * 4 + place.word];
    }
    for (const int times : taken) REQUIRE(times == 1);
}

TEST_CASE("seed, stream, step, sample and feature each change the word") {
    const apd::ext::random_key key{.seed = 1, .stream = 2, .step = 3};
    const auto word = apd::ext::random_word(key, 4, 5);
    CHECK(word == apd::ext::random_word(key, 4, 5));
    CHECK(word != apd::ext::random_word({.seed = 2, .stream = 2, .step = 3}, 4, 5));
    CHECK(word != apd::ext::random_word({.seed = 1, .stream = 3, .step = 3}, 4, 5));
    CHECK(word != apd::ext::random_word({.seed = 1, .stream = 2, .step = 4}, 4, 5));
    CHECK(word != apd::ext::random_word(key, 5, 5));
    CHECK(word != apd::ext::random_word(key, 4, 6));
}

TEMPLATE_TEST_CASE("a word becomes a number in [0, 1)", "", float, double) {
    CHECK(apd::ext::unit_interval<TestType>(0) == TestType(0));
    CHECK(apd::ext::unit_interval<TestType>(0x80000000) == TestType(0.5));
    CHECK(apd::ext::unit_interval<TestType>(0xffffffff) < TestType(1));
    CHECK(apd::ext::unit_interval<TestType>(0xffffffff) > TestType(0.9999999));
}

TEST_CASE("a step may be a number or be held in memory, where it is read when it is needed") {
    std::uint32_t held = 3;
    const apd::ext::random_key key{.seed = 1, .stream = 2, .step = apd::ext::step_number(&held)};
    CHECK(apd::ext::random_word(key, 4, 5) == apd::ext::random_word({.seed = 1, .stream = 2, .step = 3}, 4, 5));
    held = 7;
    CHECK(apd::ext::random_word(key, 4, 5) == apd::ext::random_word({.seed = 1, .stream = 2, .step = 7}, 4, 5));
}
