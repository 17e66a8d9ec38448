#pragma once
// Random numbers on the CPU: sixteen counters of Philox side by side.

#include <apd/core/intrinsics.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <apd/array/view.hpp>
#include <apd/backend/work_part.hpp>
#include <apd/core/philox.hpp>

namespace apd::ext::detail {

/// The four words of each of sixteen counters that follow each other: [word][counter].
using random_block = std::array<std::array<std::uint32_t, 16>, 4>;

#if defined(__AVX512F__)
/// Eight words, the lower halves of lanes of 64 bits whose upper halves mean nothing. Left to itself, g++ multiplies
/// whole lanes, which takes three times as long.
struct wide_words {
    __m512i lanes;
    wide_words(__m512i all) : lanes(all) {}
    wide_words(std::uint32_t word) : lanes(_mm512_set1_epi64(word)) {}
    friend wide_words operator+(wide_words a, wide_words b) { return _mm512_add_epi64(a.lanes, b.lanes); }
    friend wide_words operator^(wide_words a, wide_words b) { return _mm512_xor_epi64(a.lanes, b.lanes); }
    friend word_product<wide_words> wide_product(wide_words a, wide_words b) {
        const __m512i low = _mm512_mul_epu32(a.lanes, b.lanes);
        return {_mm512_shuffle_epi32(low, _MM_PERM_DDBB), low};  // the upper half in the place of the lower
    }
};
inline random_block random_words(std::array<std::uint32_t, 4> counter, std::uint64_t seed) {
    random_block block;
    for (std::size_t half = 0; half < 16; half += 8) {
        const wide_words first = wide_words(counter[0] + static_cast<std::uint32_t>(half)) +
                                 wide_words(_mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
        const auto words = philox<wide_words>({first, counter[1], counter[2], counter[3]}, seed);
        for (std::size_t w = 0; w < 4; ++w)
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(block[w].data() + half),
                                _mm512_cvtepi64_epi32(words[w].lanes));
    }
    return block;
}
/// The four words of each of sixteen counters whose first words are numbers.
inline random_block random_words_of(const std::uint32_t* numbers, std::array<std::uint32_t, 3> rest,
                                    std::uint64_t seed) {
    random_block block;
    for (std::size_t half = 0; half < 16; half += 8) {
        const __m256i eight = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(numbers + half));
        const auto words =
            philox<wide_words>({wide_words(_mm512_cvtepu32_epi64(eight)), rest[0], rest[1], rest[2]}, seed);
        for (std::size_t w = 0; w < 4; ++w)
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(block[w].data() + half),
                                _mm512_cvtepi64_epi32(words[w].lanes));
    }
    return block;
}
#else
inline random_block random_words(std::array<std::uint32_t, 4> counter, std::uint64_t seed) {
    random_block block;
    for (std::uint32_t i = 0; i < 16; ++i) {
        const auto words = philox({counter[0] + i, counter[1], counter[2], counter[3]}, seed);
        for (std::size_t w = 0; w < 4; ++w) block[w][i] = words[w];
    }
    return block;
}
inline random_block random_words_of(const std::uint32_t* numbers, std::array<std::uint32_t, 3> rest,
                                    std::uint64_t seed) {
    random_block block;
    for (std::size_t i = 0; i < 16; ++i) {
        const auto words = philox({numbers[i], rest[0], rest[1], rest[2]}, seed);
        for (std::size_t w = 0; w < 4; ++w) block[w][i] = words[w];
    }
    return block;
}
#endif

/// x[b, i] = f(word i % 4 of the counter (number[b], i/4)), for some fours of things i.
template <class F, class T, std::size_t Count>
void fill_random_rows(random_key key, F f, view<std::uint32_t, extents<dynamic>> number,
                      view<T, extents<dynamic, Count>> x, work_part::range fours) {
    const std::uint32_t step = key.step.value();
    // Fewer than sixteen numbers at the end, with zeros behind them, as there may be nothing to read there.
    std::array<std::uint32_t, 16> last{};
    std::copy_n(number.data + x.batch / 16 * 16, x.batch % 16, last.begin());
    for (std::size_t four = fours.begin; four < fours.end; ++four) {
        const std::size_t first = 4 * four, count = Count - first < 4 ? Count - first : 4;
        const std::array<std::uint32_t, 3> rest{static_cast<std::uint32_t>(four), step, key.stream};
        for (std::size_t b = 0; b < x.batch; b += 16) {
            const std::size_t rows = x.batch - b < 16 ? x.batch - b : 16;
            const random_block words = random_words_of(rows < 16 ? last.data() : number.data + b, rest, key.seed);
            for (std::size_t w = 0; w < count; ++w)
                for (std::size_t lane = 0; lane < rows; ++lane)
                    x.data[(first + w) * x.stride + b + lane] = f(words[w][lane]);
        }
    }
}

/// x[b, i] = f(random_word(key, b, i)) for some features i.
template <class F, class T, std::size_t Features>
void fill_random(random_key key, F f, view<T, extents<dynamic, Features>> x, work_part::range features) {
    const std::uint32_t step = key.step.value();
    const std::size_t whole = x.batch / 64 * 64;
    for (std::size_t i = features.begin; i < features.end; ++i) {
        T* const row = x.data + i * x.stride;
        for (std::size_t b = 0; b < whole; b += 64) {
            const auto words = random_words(
                {static_cast<std::uint32_t>(b / 4), static_cast<std::uint32_t>(i), step, key.stream}, key.seed);
            for (std::size_t w = 0; w < 4; ++w)
                for (std::size_t lane = 0; lane < 16; ++lane) row[b + 16 * w + lane] = f(words[w][lane]);
        }
        for (std::size_t b = whole; b < x.batch; ++b) row[b] = f(random_word(key, b, i));
    }
}

}  // namespace apd::ext::detail
