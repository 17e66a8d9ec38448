#pragma once
// Counter-based random numbers: a number is a pure function of (seed, step, stream, place), whatever computes it.

#include <array>
#include <cstddef>
#include <cstdint>

#include <apd/core/annotations.hpp>

namespace apd::ext {

/// The number of a step: a plain number or, so that work can be prepared before its step comes, one that a backend's
/// memory holds and that is read when the work is done.
struct step_number {
    std::uint32_t number = 0;
    const std::uint32_t* counter = nullptr;
    constexpr step_number(std::uint32_t n = 0) : number(n) {}                           // NOLINT: a number is a step
    constexpr explicit step_number(const std::uint32_t* held_at) : counter(held_at) {}  ///< in a backend's memory
    APD_HOST_DEVICE constexpr std::uint32_t value() const { return counter == nullptr ? number : *counter; }
};

/// Which stream of random numbers: the same key gives the same numbers on every backend and for any thread count.
struct random_key {
    std::uint64_t seed = 0;
    std::uint32_t stream = 0;  ///< what the numbers are for (data, initialisation, …)
    step_number step = 0;      ///< when
};

/// The two halves of a product of words.
template <class Word>
struct word_product {
    Word high, low;
};
APD_HOST_DEVICE constexpr word_product<std::uint32_t> wide_product(std::uint32_t a, std::uint32_t b) {
    const std::uint64_t product = std::uint64_t{a} * b;
    return {static_cast<std::uint32_t>(product >> 32U), static_cast<std::uint32_t>(product)};
}

/// Philox 4x32 with ten rounds (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// A word is a number of 32 bits, or several side by side, with +, ^ and `wide_product`.
template <class Word = std::uint32_t>
APD_HOST_DEVICE constexpr std::array<Word, 4> philox(std::array<Word, 4> counter, std::uint64_t seed) {
    Word key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32U);
    Word c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; ++round) {
        const auto p0 = wide_product(0xD2511F53U, c0), p1 = wide_product(0xCD9E8D57U, c2);
        c0 = p1.high ^ c1 ^ key0;
        c1 = p1.low;
        c2 = p0.high ^ c3 ^ key1;
        c3 = p0.low;
        key0 = key0 + 0x9E3779B9U;
        key1 = key1 + 0xBB67AE85U;
    }
    return {c0, c1, c2, c3};
}

/// Where the random word of sample b, feature i comes from: blocks of 64 samples take four words from 16 counters, so
/// that 16 neighbouring samples are computed side by side.
struct random_place {
    std::uint32_t counter;
    std::uint32_t word;
    APD_HOST_DEVICE static constexpr random_place of(std::size_t sample) {
        return {static_cast<std::uint32_t>(sample / 64 * 16 + sample % 16),
                static_cast<std::uint32_t>(sample % 64 / 16)};
    }
};

/// The random 32-bit word of sample b, feature i under a key.
APD_HOST_DEVICE constexpr std::uint32_t random_word(random_key key, std::size_t sample, std::size_t feature) {
    const auto place = random_place::of(sample);
    return philox({place.counter, static_cast<std::uint32_t>(feature), key.step.value(), key.stream},
                  key.seed)[place.word];
}

/// A word as a number in [0, 1): its upper bits, as many as the scalar holds.
template <class T>
APD_HOST_DEVICE constexpr T unit_interval(std::uint32_t word) {
    if constexpr (sizeof(T) == 4) return static_cast<T>(word >> 8U) * static_cast<T>(1.0 / 16777216.0);
    else return static_cast<T>(word) * static_cast<T>(1.0 / 4294967296.0);
}

}  // namespace apd::ext
