#pragma once
// Bodies of what importance_patterns.hpp declares.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string_view>
#include <vector>

#include <apd/analysis/importance_patterns.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>

namespace apd::ext {
namespace detail {

inline void check_importances(std::string_view where, const xt::xtensor<double, 2>& g) {
    if (!std::ranges::all_of(g, [](double entry) { return std::isfinite(entry); }))
        throw error(where, "an importance is NaN or infinite", "ask apd::warnings(result) what became of the run");
}

// The Hungarian method by shortest augmenting paths (Jonker, Volgenant, Computing 38, 1987).
APD_INLINE std::vector<std::size_t> best_assignment(const xt::xtensor<double, 2>& g) {
    const std::size_t rows = g.shape(0), columns = g.shape(1), none = rows;
    std::vector<double> of_row(rows + 1), of_column(columns + 1);
    std::vector<std::size_t> row_of(columns + 1, none);  // the last column stands for the row that is assigned
    for (std::size_t row = 0; row < rows; ++row) {
        std::vector<double> least(columns + 1, std::numeric_limits<double>::infinity());
        std::vector<std::size_t> before(columns + 1, columns);
        std::vector<bool> used(columns + 1, false);
        std::size_t at = columns;
        row_of[at] = row;
        while (row_of[at] != none) {
            used[at] = true;
            const std::size_t current = row_of[at];
            std::size_t next = columns;
            double step = std::numeric_limits<double>::infinity();
            for (std::size_t c = 0; c < columns; ++c) {
                if (used[c]) continue;
                const double cost = -g(current, c) - of_row[current] - of_column[c];
                if (cost < least[c]) least[c] = cost, before[c] = at;
                if (least[c] < step) step = least[c], next = c;
            }
            for (std::size_t c = 0; c <= columns; ++c) {
                if (used[c]) of_row[row_of[c]] += step, of_column[c] -= step;
                else least[c] -= step;
            }
            at = next;
        }
        while (at != columns) {
            row_of[at] = row_of[before[at]];
            at = before[at];
        }
    }
    std::vector<std::size_t> column_of(rows);
    for (std::size_t c = 0; c < columns; ++c)
        if (row_of[c] != none) column_of[row_of[c]] = c;
    return column_of;
}
inline std::vector<std::size_t> greedy_assignment(const xt::xtensor<double, 2>& g) {
    std::vector<std::size_t> column_of;
    std::vector<bool> taken(g.shape(1), false);
    for (std::size_t row = 0; row < std::min(g.shape(0), g.shape(1)); ++row) {
        std::size_t best = g.shape(1);
        for (std::size_t c = 0; c < g.shape(1); ++c)
            if (!taken[c] && (best == g.shape(1) || g(row, c) > g(row, best))) best = c;
        column_of.push_back(best);
        taken[best] = true;
    }
    return column_of;
}

}  // namespace detail

APD_INLINE std::vector<std::size_t> identity_order(const xt::xtensor<double, 2>& g) {
    detail::check_importances("identity_order", g);
    const std::size_t rows = g.shape(0), columns = g.shape(1);
    std::vector<std::size_t> order;
    if (std::min(rows, columns) >= 500) {
        order = detail::greedy_assignment(g);
    } else if (rows <= columns) {
        order = detail::best_assignment(g);
    } else {
        // More rows than columns: the rows that get one are chosen too; columns stand in the order of their rows.
        xt::xtensor<double, 2> turned = xt::xtensor<double, 2>::from_shape({columns, rows});
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < columns; ++c) turned(c, r) = g(r, c);
        const auto row_of = detail::best_assignment(turned);
        order.resize(columns);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::sort(order, {}, [&](std::size_t c) { return row_of[c]; });
    }
    std::vector<bool> taken(columns, false);
    for (const std::size_t c : order) taken[c] = true;
    for (std::size_t c = 0; c < columns; ++c)
        if (!taken[c]) order.push_back(c);
    return order;
}
APD_INLINE std::vector<std::size_t> dense_order(const xt::xtensor<double, 2>& g) {
    detail::check_importances("dense_order", g);
    std::vector<double> sums(g.shape(1));
    for (std::size_t r = 0; r < g.shape(0); ++r)
        for (std::size_t c = 0; c < g.shape(1); ++c) sums[c] += g(r, c);
    std::vector<std::size_t> order(g.shape(1));
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t c) { return sums[c]; });
    return order;
}

APD_INLINE std::size_t identity_error(const xt::xtensor<double, 2>& g, double tolerance) {
    const auto order = identity_order(g);
    std::size_t wrong = 0;
    for (std::size_t r = 0; r < g.shape(0); ++r)
        for (std::size_t place = 0; place < g.shape(1); ++place) {
            const double entry = g(r, order[place]);
            wrong += place == r ? entry < 1 - tolerance : entry > tolerance;
        }
    return wrong;
}
APD_INLINE std::size_t dense_error(const xt::xtensor<double, 2>& g, std::size_t columns, double tolerance) {
    const auto order = dense_order(g);
    std::size_t wrong = 0;
    for (std::size_t place = 0; place < order.size(); ++place) {
        bool is_there = false;
        for (std::size_t r = 0; r < g.shape(0); ++r) {
            const double entry = g(r, order[place]);
            is_there = is_there || entry >= 1 - tolerance;
            wrong += place >= columns && entry > tolerance;
        }
        wrong += place < columns && !is_there;
    }
    return wrong;
}

namespace detail {
// The mean over n of f(g[n, c]) for every column.
inline std::vector<double> column_means(std::string_view where, const xt::xtensor<double, 2>& g, auto&& f) {
    check_importances(where, g);
    std::vector<double> means(g.shape(1));
    for (std::size_t n = 0; n < g.shape(0); ++n)
        for (std::size_t c = 0; c < g.shape(1); ++c) means[c] += f(g(n, c)) / static_cast<double>(g.shape(0));
    return means;
}
}  // namespace detail

APD_INLINE std::vector<double> mean_importances(const xt::xtensor<double, 2>& g) {
    return detail::column_means("mean_importances", g, [](double entry) { return entry; });
}
APD_INLINE std::vector<double> importance_densities(const xt::xtensor<double, 2>& g, double threshold) {
    return detail::column_means("importance_densities", g,
                                [threshold](double entry) { return entry > threshold ? 1.0 : 0.0; });
}
APD_INLINE double importance_l0(const xt::xtensor<double, 2>& g, double threshold) {
    const auto densities = importance_densities(g, threshold);
    return std::accumulate(densities.begin(), densities.end(), 0.0);
}

}  // namespace apd::ext
