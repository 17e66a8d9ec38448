#pragma once
// Selection of active pairs on the CPU, linear in the number of entries, and exact in ties.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include <apd/array/active_pairs.hpp>
#include <apd/array/view.hpp>

namespace apd::detail {

/// The room that selection needs; it grows in the first step and stays.
template <class T>
struct selection_scratch {
    std::vector<T> positive;
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
// sorted.
template <class T, std::size_t Ranked>
void place_ties(view<const T, extents<dynamic, Ranked>> a, T cut, std::size_t take, std::vector<std::uint32_t>& place) {
    place.clear();
    for (std::size_t b = 0; b < a.batch && place.size() < take; ++b)
        for (std::size_t c = 0; c < Ranked && place.size() < take; ++c)
            if (a.data[c * a.stride + b] == cut || (cut == T(0) && !(a.data[c * a.stride + b] > T(0))))
                place.push_back(static_cast<std::uint32_t>(b * Ranked + c));
}

template <class T, std::size_t Ranked>
void select_top(view<const T, extents<dynamic, Ranked>> a, std::size_t wanted, active_pairs& pairs,
                selection_scratch<T>& scratch) {
    const std::size_t batch = a.batch, all = batch * Ranked, n = std::min(wanted, all);
    scratch.positive.resize(all);
    T* positive = scratch.positive.data();
    std::size_t found = 0;
    for (std::size_t c = 0; c < Ranked; ++c) {
        const T* row = a.data + c * a.stride;
        for (std::size_t b = 0; b < batch; ++b) {
            positive[found] = row[b];
            found += row[b] > T(0);
        }
    }
    // Everything above `cut` is active, and of what equals it either all or the first few, whose places are looked up.
    T cut = 0;
    std::size_t ties = n - std::min(n, found);
    bool all_equal = n == all;
    if (n < found) {
        const auto nth = positive + (n == 0 ? 0 : n - 1);
        std::nth_element(positive, nth, positive + found, std::greater<>());
        cut = *nth;
        ties = n - static_cast<std::size_t>(std::count_if(positive, positive + n, [&](T v) { return v > cut; }));
        all_equal = ties == static_cast<std::size_t>(std::count(positive, positive + found, cut));
    }
    scratch.place.reserve(all);
    scratch.place.clear();
    if (!all_equal) place_ties(a, cut, ties, scratch.place);
    const bool some_equal = !scratch.place.empty();

    std::uint32_t p = 0;
    pairs.first[0] = 0;
    for (std::size_t c = 0; c < Ranked; ++c) {
        const T* row = a.data + c * a.stride;
        for (std::size_t b = 0; b < batch; ++b) {
            const T value = row[b] > T(0) ? row[b] : T(0);
            const bool active = value > cut || (all_equal && value == cut) ||
                                (some_equal && std::binary_search(scratch.place.begin(), scratch.place.end(),
                                                                  static_cast<std::uint32_t>(b * Ranked + c)));
            if (active) pairs.sample[p++] = static_cast<std::uint32_t>(b);
        }
        pairs.first[c + 1] = p;
    }
    for (std::size_t c = Ranked; c < pairs.components; ++c) activate_all(pairs, c, batch);
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
