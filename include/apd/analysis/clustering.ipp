#pragma once
// Bodies of what clustering.hpp declares.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <apd/analysis/clustering.hpp>
#include <apd/analysis/importance_patterns.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/core/philox.hpp>

namespace apd::ext {
namespace detail {

inline std::size_t common_bits(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
    std::size_t count = 0;
    for (std::size_t w = 0; w < a.size(); ++w) count += static_cast<std::size_t>(std::popcount(a[w] & b[w]));
    return count;
}

struct priced_pair {
    double cost;
    std::size_t i, j;
};
// One of the pairs, which stand in the order of their costs; `draw` is uniform in [0, 1).
inline const priced_pair& chosen_pair(const std::vector<priced_pair>& pairs, const clustering_options& how,
                                      double draw) {
    if (!(how.spread > 0)) return pairs.front();
    const auto at = [&](double n) -> const priced_pair& {
        return pairs[std::min(static_cast<std::size_t>(std::max(n, 0.0)), pairs.size() - 1)];
    };
    const double least = pairs.front().cost, most = pairs.back().cost;
    switch (how.choice) {
        case merge_choice::range: {
            const double limit = least + how.spread * (most - least);
            const auto end = std::ranges::upper_bound(pairs, limit, {}, &priced_pair::cost);
            return at(draw * static_cast<double>(end - pairs.begin()));
        }
        case merge_choice::annealed: {
            double sum = 0;
            for (const auto& pair : pairs) sum += std::exp((least - pair.cost) / how.spread);
            double left = draw * sum;
            for (const auto& pair : pairs)
                if ((left -= std::exp((least - pair.cost) / how.spread)) < 0) return pair;
            return pairs.back();
        }
        case merge_choice::rank:
            break;
    }
    const double all = 1 - std::exp(-how.spread * static_cast<double>(pairs.size()));
    return at(std::floor(-std::log(1 - draw * all) / how.spread));
}

// How often each label of a meets each of b.
inline xt::xtensor<double, 2> contingency(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
    const auto number = [](const std::vector<std::size_t>& labels) {
        std::vector<std::size_t> known = labels;
        std::ranges::sort(known);
        known.erase(std::unique(known.begin(), known.end()), known.end());
        std::vector<std::size_t> numbered;
        for (const std::size_t label : labels)
            numbered.push_back(static_cast<std::size_t>(std::ranges::lower_bound(known, label) - known.begin()));
        return std::pair{numbered, known.size()};
    };
    const auto [of_a, rows] = number(a);
    const auto [of_b, columns] = number(b);
    xt::xtensor<double, 2> table = xt::zeros<double>({rows, columns});
    for (std::size_t i = 0; i < a.size(); ++i) table(of_a[i], of_b[i]) += 1;
    return table;
}
inline void check_same_size(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
    if (a.size() != b.size())
        throw error("clustering", "clusterings of different numbers of subcomponents",
                    "compare those of the same ones");
}

}  // namespace detail

APD_INLINE subcomponent_groups::subcomponent_groups(const xt::xtensor<double, 2>& importances, double threshold,
                                                    double alpha)
    : samples_(importances.shape(0)), alpha_(alpha), sizes_(importances.shape(1), 1) {
    if (samples_ == 0) throw error("clustering", "there are no samples", "give the importances of at least one");
    const std::size_t n = importances.shape(1), words = (samples_ + 63) / 64;
    together_ = xt::xtensor<std::size_t, 2>::from_shape({n, n});
    for (std::size_t c = 0; c < n; ++c) {
        labels_.push_back(c);
        auto& bits = active_.emplace_back(words, 0);
        for (std::size_t b = 0; b < samples_; ++b)
            if (importances(b, c) > threshold) bits[b / 64] |= std::uint64_t{1} << (b % 64);
    }
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) together_(i, j) = detail::common_bits(active_[i], active_[j]);
    all_ = all();
}
APD_INLINE subcomponent_groups::totals subcomponent_groups::all() const {
    const auto k = static_cast<double>(count());
    totals found{0, std::log2(k), std::log2(k - 1)};
    for (std::size_t g = 0; g < count(); ++g) found.share += share(g, g);
    return found;
}
APD_INLINE double subcomponent_groups::description_length() const {
    const double name = std::log2(static_cast<double>(count()));
    double bits = 0;
    for (std::size_t i = 0; i < count(); ++i) bits += share(i, i) * (name + alpha_ * static_cast<double>(sizes_[i]));
    return bits;
}
APD_INLINE double subcomponent_groups::cost_of_merging(std::size_t i, std::size_t j) const {
    const double a = share(i, i), b = share(j, j), either = a + b - share(i, j);
    const auto of_i = static_cast<double>(sizes_[i]), of_j = static_cast<double>(sizes_[j]);
    return (all_.share - a - b) * (all_.shorter_name - all_.name) + either * all_.shorter_name - (a + b) * all_.name +
           alpha_ * (either * (of_i + of_j) - a * of_i - b * of_j);
}
APD_INLINE void subcomponent_groups::merge(std::size_t i, std::size_t j) {
    if (i > j) std::swap(i, j);
    for (std::size_t& label : labels_) label = label == j ? i : label > j ? label - 1 : label;
    for (std::size_t w = 0; w < active_[i].size(); ++w) active_[i][w] |= active_[j][w];
    sizes_[i] += sizes_[j];
    const auto at = static_cast<std::ptrdiff_t>(j);
    active_.erase(active_.begin() + at);
    sizes_.erase(sizes_.begin() + at);
    xt::xtensor<std::size_t, 2> fewer = xt::xtensor<std::size_t, 2>::from_shape({count(), count()});
    const auto old = [j](std::size_t g) { return g < j ? g : g + 1; };
    for (std::size_t g = 0; g < count(); ++g)
        for (std::size_t h = 0; h < count(); ++h)
            fewer(g, h) = g == i || h == i ? detail::common_bits(active_[g], active_[h]) : together_(old(g), old(h));
    together_ = std::move(fewer);
    all_ = all();
}

APD_INLINE std::vector<std::size_t> cluster(const xt::xtensor<double, 2>& importances, const clustering_options& how) {
    std::vector<std::size_t> alive;
    for (std::size_t c = 0; c < importances.shape(1); ++c)
        for (std::size_t b = 0; b < importances.shape(0); ++b)
            if (importances(b, c) >= how.dead_below) {
                alive.push_back(c);
                break;
            }
    xt::xtensor<double, 2> of_alive = xt::xtensor<double, 2>::from_shape({importances.shape(0), alive.size()});
    for (std::size_t b = 0; b < importances.shape(0); ++b)
        for (std::size_t c = 0; c < alive.size(); ++c) of_alive(b, c) = importances(b, alive[c]);
    subcomponent_groups groups(of_alive, how.threshold, how.alpha);
    for (std::uint32_t step = 0; groups.count() > 1; ++step) {
        std::vector<detail::priced_pair> pairs;
        for (std::size_t i = 0; i < groups.count(); ++i)
            for (std::size_t j = i + 1; j < groups.count(); ++j) pairs.push_back({groups.cost_of_merging(i, j), i, j});
        if (how.spread > 0) std::ranges::stable_sort(pairs, {}, &detail::priced_pair::cost);
        else std::swap(pairs.front(), *std::ranges::min_element(pairs, {}, &detail::priced_pair::cost));
        if (pairs.front().cost > 0) break;
        const auto& [cost, i, j] =
            detail::chosen_pair(pairs, how, unit_interval<double>(random_word({.seed = how.seed, .step = step}, 0, 0)));
        groups.merge(i, j);
    }
    std::vector<std::size_t> labels(importances.shape(1), no_group);
    for (std::size_t c = 0; c < alive.size(); ++c) labels[alive[c]] = groups.labels()[c];
    return labels;
}

APD_INLINE std::size_t label_distance(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
    detail::check_same_size(a, b);
    xt::xtensor<double, 2> table = detail::contingency(a, b);
    if (table.shape(0) > table.shape(1)) table = detail::contingency(b, a);
    const auto column_of = detail::best_assignment(table);
    double same = 0;
    for (std::size_t r = 0; r < column_of.size(); ++r) same += table(r, column_of[r]);
    return a.size() - static_cast<std::size_t>(same);
}
APD_INLINE std::size_t pair_distance(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
    detail::check_same_size(a, b);
    std::size_t count = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) count += (a[i] == a[j]) != (b[i] == b[j]);
    return count;
}

}  // namespace apd::ext
