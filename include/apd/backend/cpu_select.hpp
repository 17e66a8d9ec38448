#pragma once
// Selection of active pairs on the CPU, linear in the number of entries, and exact in ties.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/array/active_pairs.hpp>
#include <apd/array/view.hpp>
#include <apd/backend/team.hpp>
#include <apd/backend/work_part.hpp>
#include <apd/core/exactly_equal.hpp>

namespace apd::ext::detail {

/// What selection keeps: the place where its last search ended, and room that grows in the first step and stays.
template <class T>
struct selection_scratch {
    T guess = 1;  // of the next cut
    std::vector<std::uint32_t> place;
    std::vector<std::pair<T, std::uint32_t>> ranked;
};

// Comparing an entry takes as long as so many multiply-adds.
inline constexpr std::size_t entry_cost = 4;

// Closes a component that every sample belongs to.
inline void activate_all(active_pairs& pairs, std::size_t component, std::size_t batch) {
    std::uint32_t p = pairs.first[component];
    for (std::size_t b = 0; b < batch; ++b) pairs.sample[p++] = static_cast<std::uint32_t>(b);
    pairs.first[component + 1] = p;
}

// Equal entries at the cut: the first in (b, c) order are taken. `take` of the places where a == cut, as b·R + c,
// sorted.
template <class T, std::size_t Ranked>
void place_ties(view<const T, extents<dynamic, Ranked>> a, T cut, std::size_t take, std::vector<std::uint32_t>& place) {
    for (std::size_t b = 0; b < a.batch && place.size() < take; ++b)
        for (std::size_t c = 0; c < Ranked && place.size() < take; ++c)
            if (exactly_equal(a.data[c * a.stride + b], cut))
                place.push_back(static_cast<std::uint32_t>(b * Ranked + c));
}

// How many entries of a component are at least `least`, which is positive.
template <class T>
std::uint32_t count_in_row(const T* row, std::size_t batch, T least) {
    std::uint32_t count = 0;
    for (std::size_t b = 0; b < batch; ++b) count += row[b] >= least ? 1U : 0U;
    return count;
}
// f(c, row) for the entries of every component. `split_across_threads(multiply_adds, work)` does work(part, worker)
// for all parts.
template <class T, std::size_t Ranked, class Split, class F>
void for_each_row(view<const T, extents<dynamic, Ranked>> a, const Split& split_across_threads, F&& f) {
    split_across_threads(entry_cost * Ranked * a.batch, [&](const work_part& part, std::size_t) {
        const auto [begin, end] = part.of(Ranked);
        for (std::size_t c = begin; c < end; ++c) f(c, a.data + c * a.stride);
    });
}
// How many entries of all components are at least `least`, which is positive: here, and of the whole team.
template <class T, std::size_t Ranked, class Split>
std::size_t own_count_from(view<const T, extents<dynamic, Ranked>> a, T least, const Split& split_across_threads) {
    std::atomic<std::size_t> count = 0;
    for_each_row(a, split_across_threads,
                 [&](std::size_t, const T* row) { count += count_in_row(row, a.batch, least); });
    return count;
}
template <class T, std::size_t Ranked, class Split>
std::size_t count_from(view<const T, extents<dynamic, Ranked>> a, T least, team* together,
                       const Split& split_across_threads) {
    const std::size_t own = own_count_from(a, least, split_across_threads);
    return together != nullptr ? together->count(own).all : own;
}

// Bits of a positive number, which ascend with it.
template <class T>
using bits_of = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

/// What is active: the entries above `lowest`, which is not negative, and the first `ties` of those equal to it.
template <class T>
struct top_cut {
    T lowest = 0;
    std::size_t ties = 0;
};

// The cut of the n largest, 0 < n < positive entries. It only counts, which is vectorised: a few such passes are faster
// than one that moves entries. The bits of positive numbers ascend with them, nearly as their logarithms, of which the
// number of entries is a smooth function: after a few steps outwards from `guess`, where the search before ended, the
// next place to count at is interpolated between the nearest on both sides of the cut. Every third is in their middle,
// for numbers that are not so kind.
template <class T, std::size_t Ranked, class Split>
top_cut<T> find_cut(view<const T, extents<dynamic, Ranked>> a, std::size_t n, std::size_t positive, T& guess,
                    team* together, const Split& split_across_threads) {
    using bits = bits_of<T>;
    struct side {
        bits number;
        std::size_t count;  // of the entries from it on
    };
    const bits largest = std::bit_cast<bits>(std::numeric_limits<T>::infinity());
    side below{0, positive}, above{largest + 1, 0};
    bits at = std::clamp(std::bit_cast<bits>(guess), bits{1}, largest);
    bits stride = bits{1} << static_cast<unsigned>(std::numeric_limits<T>::digits - 7);  // a hundredth
    for (std::size_t passes = 1;; ++passes) {
        guess = std::bit_cast<T>(at);
        const std::size_t count = count_from(a, guess, together, split_across_threads);
        if (count == n) return {std::bit_cast<T>(at - 1), 0};
        (count > n ? below : above) = {at, count};
        const bits width = above.number - below.number;
        if (width == 1) return {std::bit_cast<T>(below.number), n - above.count};
        bits step = width / 2;
        if (below.number == 0 || above.number > largest) {
            step = std::min(stride, step);
            if (count < n) step = width - step;
            stride = std::min(stride, largest / 8) * 8;
        } else if (passes % 3 != 0) {
            const double share = static_cast<double>(below.count - n) / static_cast<double>(below.count - above.count);
            step = static_cast<bits>(static_cast<double>(width) * share);
        }
        at = below.number + std::clamp(step, bits{1}, width - 1);
    }
}

// The smallest number above one that is not negative; NaN, above which nothing is, for infinity.
template <class T>
T next_above(T number) {
    return std::bit_cast<T>(std::bit_cast<bits_of<T>>(number) + 1);
}
// The pairs of all entries that are at least `least`, which is positive.
template <class T, std::size_t Ranked, class Split>
void write_from(view<const T, extents<dynamic, Ranked>> a, T least, active_pairs& pairs,
                const Split& split_across_threads) {
    for_each_row(a, split_across_threads,
                 [&](std::size_t c, const T* row) { pairs.first[c + 1] = count_in_row(row, a.batch, least); });
    for (std::size_t c = 0; c < Ranked; ++c) pairs.first[c + 1] += pairs.first[c];
    for_each_row(a, split_across_threads, [&](std::size_t c, const T* row) {
        // Without a branch: every sample is written down, and the next over those that are not active.
        for (std::uint32_t b = 0, p = pairs.first[c]; p < pairs.first[c + 1]; ++b) {
            pairs.sample[p] = b;
            p += row[b] >= least ? 1U : 0U;
        }
    });
}
// The pairs above a cut and at some places where entries equal it.
template <class T, std::size_t Ranked>
void write_with_ties(view<const T, extents<dynamic, Ranked>> a, T cut, const std::vector<std::uint32_t>& place,
                     active_pairs& pairs) {
    std::uint32_t p = 0;
    for (std::size_t c = 0; c < Ranked; ++c) {
        const T* row = a.data + c * a.stride;
        for (std::size_t b = 0; b < a.batch; ++b)
            if (row[b] > cut ||
                std::binary_search(place.begin(), place.end(), static_cast<std::uint32_t>(b * Ranked + c)))
                pairs.sample[p++] = static_cast<std::uint32_t>(b);
        pairs.first[c + 1] = p;
    }
}

/// `samples`: how many there are, of which `a` may lack some. `wanted` are those of all slices of a team, if there is
/// one; of entries that are equal, those of the slices before this one come first.
template <class T, std::size_t Ranked, class Split>
void select_top(view<const T, extents<dynamic, Ranked>> a, std::size_t samples, std::size_t wanted, active_pairs& pairs,
                selection_scratch<T>& scratch, team* together, const Split& split_across_threads) {
    pairs.first[0] = 0;
    const std::size_t positive = count_from(a, std::numeric_limits<T>::denorm_min(), together, split_across_threads);
    top_cut<T> cut;
    if (wanted == 0) cut.lowest = std::numeric_limits<T>::infinity();
    else if (wanted < positive) cut = find_cut(a, wanted, positive, scratch.guess, together, split_across_threads);
    scratch.place.reserve(samples * Ranked);
    scratch.place.clear();
    if (cut.ties == 0) {
        write_from(a, next_above(cut.lowest), pairs, split_across_threads);
    } else {
        std::size_t ties = cut.ties;
        if (together != nullptr) {
            const std::size_t own = own_count_from(a, cut.lowest, split_across_threads) -
                                    own_count_from(a, next_above(cut.lowest), split_across_threads);
            ties -= std::min(ties, together->count(own).before);
        }
        place_ties(a, cut.lowest, ties, scratch.place);
        write_with_ties(a, cut.lowest, scratch.place, pairs);
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
            return x.first > y.first || (exactly_equal(x.first, y.first) && x.second < y.second);
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

}  // namespace apd::ext::detail
