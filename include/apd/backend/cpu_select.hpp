#pragma once
// Selection of active pairs on the CPU, linear in the number of entries, and exact in ties.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/array/active_pairs.hpp>
#include <apd/array/view.hpp>

namespace apd::detail {

/// The room that selection needs; it grows in the first step and stays.
template <class T>
struct selection_scratch {
    std::vector<T> positive, at_cut;
    std::vector<std::uint32_t> place;
    std::vector<std::pair<T, std::uint32_t>> ranked;
};

// Closes a component that every sample belongs to.
inline void activate_all(active_pairs& pairs, std::size_t component, std::size_t batch) {
    std::uint32_t p = pairs.first[component];
    for (std::size_t b = 0; b < batch; ++b) pairs.sample[p++] = static_cast<std::uint32_t>(b);
    pairs.first[component + 1] = p;
}

// Equal entries at the cut: the first in (b, c) order are taken. `take` of the places where a == cut, as b·R + c,
// sorted. Samples that `a` lacks are zeros.
template <class T, std::size_t Ranked>
void place_ties(view<const T, extents<dynamic, Ranked>> a, std::size_t samples, T cut, std::size_t take,
                std::vector<std::uint32_t>& place) {
    place.clear();
    for (std::size_t b = 0; b < samples && place.size() < take; ++b)
        for (std::size_t c = 0; c < Ranked && place.size() < take; ++c) {
            const T value = b < a.batch ? a.data[c * a.stride + b] : T(0);
            if (value == cut || (cut == T(0) && !(value > T(0))))
                place.push_back(static_cast<std::uint32_t>(b * Ranked + c));
        }
}

// The n-th largest of positive numbers, 0 < n ≤ count, which are put in any order. The bits of a positive number count
// up with it: numbers are dealt to bins by how far their bits lie below the largest, 64 bins for a factor of two, and
// only one bin is looked at more closely.
template <class T>
T nth_largest(const T* numbers, std::size_t count, std::size_t n, std::vector<T>& at_cut) {
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    constexpr int shift = std::numeric_limits<T>::digits - 1 - 6;
    constexpr std::size_t bins = 2048;
    bits largest = 0;
    for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::bit_cast<bits>(numbers[i]));
    const auto bin_of = [largest](T number) {
        return std::min<std::size_t>(static_cast<std::size_t>((largest - std::bit_cast<bits>(number)) >> shift),
                                     bins - 1);
    };
    std::array<std::uint32_t, bins> in_bin{};
    for (std::size_t i = 0; i < count; ++i) ++in_bin[bin_of(numbers[i])];
    std::size_t bin = 0;
    while (n > in_bin[bin]) n -= in_bin[bin++];

    at_cut.resize(count);
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; ++i) {
        at_cut[found] = numbers[i];
        found += bin_of(numbers[i]) == bin ? 1 : 0;
    }
    const auto nth = at_cut.begin() + static_cast<std::ptrdiff_t>(n - 1);
    std::nth_element(at_cut.begin(), nth, at_cut.begin() + static_cast<std::ptrdiff_t>(found), std::greater<>());
    return *nth;
}

/// `samples`: how many there are, of which those that `a` lacks are zeros.
template <class T, std::size_t Ranked>
void select_top(view<const T, extents<dynamic, Ranked>> a, std::size_t samples, std::size_t wanted, active_pairs& pairs,
                selection_scratch<T>& scratch) {
    const std::size_t batch = a.batch, all = samples * Ranked, n = std::min(wanted, all);
    scratch.positive.resize(all);
    scratch.at_cut.reserve(all);
    T* positive = scratch.positive.data();
    std::size_t found = 0;
    for (std::size_t c = 0; c < Ranked; ++c) {
        const T* row = a.data + c * a.stride;
        for (std::size_t b = 0; b < batch; ++b) {
            positive[found] = row[b];
            found += row[b] > T(0) ? 1 : 0;
        }
    }
    // Everything above `cut` is active, and of what equals it either all or the first few, whose places are looked up.
    T cut = 0;
    std::size_t ties = n - std::min(n, found);
    bool all_equal = n == all;
    if (n == 0) {
        cut = std::numeric_limits<T>::infinity();
    } else if (n < found) {
        cut = nth_largest(positive, found, n, scratch.at_cut);
        std::size_t above = 0, equal = 0;
        for (std::size_t i = 0; i < found; ++i) above += positive[i] > cut ? 1 : 0, equal += positive[i] == cut ? 1 : 0;
        ties = n - above;
        all_equal = ties == equal;
    }
    scratch.place.reserve(all);
    scratch.place.clear();
    if (!all_equal) place_ties(a, samples, cut, ties, scratch.place);
    const auto& place = scratch.place;

    std::uint32_t p = 0;
    pairs.first[0] = 0;
    for (std::size_t c = 0; c < Ranked; ++c) {
        const auto is_placed = [&](std::size_t b) {
            return std::binary_search(place.begin(), place.end(), static_cast<std::uint32_t>(b * Ranked + c));
        };
        const T* row = a.data + c * a.stride;
        if (place.empty() && p + batch <= pairs.capacity) {
            // Without a branch: every sample is written down, and the next over those that are not active.
            for (std::size_t b = 0; b < batch; ++b) {
                const T value = row[b] > T(0) ? row[b] : T(0);
                pairs.sample[p] = static_cast<std::uint32_t>(b);
                p += all_equal ? value >= cut : value > cut;
            }
            for (std::size_t b = batch; b < samples && all_equal && cut == T(0); ++b)
                pairs.sample[p++] = static_cast<std::uint32_t>(b);
        } else {
            for (std::size_t b = 0; b < samples; ++b) {
                const T value = b < batch && row[b] > T(0) ? row[b] : T(0);
                if (value > cut || (all_equal && value == cut) || is_placed(b))
                    pairs.sample[p++] = static_cast<std::uint32_t>(b);
            }
        }
        pairs.first[c + 1] = p;
    }
    for (std::size_t c = Ranked; c < pairs.components; ++c) activate_all(pairs, c, samples);
}

template <class T, std::size_t Ranked>
void select_top_per_sample(view<const T, extents<dynamic, Ranked>> a, std::size_t k, active_pairs& pairs,
                           selection_scratch<T>& scratch) {
    const std::size_t batch = a.batch;
    k = std::min(k, Ranked);
    scratch.ranked.resize(Ranked);
    scratch.place.assign(batch * Ranked, 0);
    for (std::size_t b = 0; b < batch; ++b) {
        for (std::size_t c = 0; c < Ranked; ++c) {
            const T value = a.data[c * a.stride + b];
            scratch.ranked[c] = {value > T(0) ? value : T(0), static_cast<std::uint32_t>(c)};
        }
        const auto above = [](const auto& x, const auto& y) {
            return x.first > y.first || (x.first == y.first && x.second < y.second);
        };
        std::partial_sort(scratch.ranked.begin(), scratch.ranked.begin() + static_cast<std::ptrdiff_t>(k),
                          scratch.ranked.end(), above);
        for (std::size_t i = 0; i < k; ++i) scratch.place[scratch.ranked[i].second * batch + b] = 1;
    }
    std::uint32_t p = 0;
    pairs.first[0] = 0;
    for (std::size_t c = 0; c < Ranked; ++c) {
        for (std::size_t b = 0; b < batch; ++b)
            if (scratch.place[c * batch + b] != 0) pairs.sample[p++] = static_cast<std::uint32_t>(b);
        pairs.first[c + 1] = p;
    }
    for (std::size_t c = Ranked; c < pairs.components; ++c) activate_all(pairs, c, batch);
}

}  // namespace apd::detail
