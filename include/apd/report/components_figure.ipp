#pragma once
// Bodies of what components_figure.hpp declares.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/core/annotations.hpp>
#include <apd/report/components_figure.hpp>
#include <apd/report/matrix_figure.hpp>
#include <apd/report/vector_figure.hpp>

namespace apd::ext {
namespace detail {

// ‖P_c‖² of the components c of a site from its factors, as |U V|² = Σ_rq (Uᵀ U)_rq (V Vᵀ)_rq.
inline std::vector<double> squared_norms(const component_counts& site, const std::vector<double>& u,
                                         const std::vector<double>& v) {
    std::vector<double> squares(site.count);
    for (std::size_t c = 0; c < site.count; ++c) {
        const double* const rows = v.data() + c * site.rank * site.out;
        for (std::size_t r = 0; r < site.rank; ++r)
            for (std::size_t q = 0; q < site.rank; ++q) {
                double left = 0, right = 0;
                for (std::size_t i = 0; i < site.in; ++i) {
                    const double* const row = u.data() + (c * site.in + i) * site.rank;
                    left += row[r] * row[q];
                }
                for (std::size_t o = 0; o < site.out; ++o) right += rows[r * site.out + o] * rows[q * site.out + o];
                squares[c] += left * right;
            }
    }
    return squares;
}

APD_INLINE std::vector<bool> zero_components(const component_counts& site, const std::vector<double>& left,
                                             const std::vector<double>& right) {
    const std::vector<double> squares = squared_norms(site, left, right);
    double largest = 0;
    for (const double square : squares)
        if (std::isfinite(square)) largest = std::max(largest, square);
    std::vector<bool> zero(squares.size());
    for (std::size_t c = 0; c < squares.size(); ++c) zero[c] = squares[c] <= 1e-4 * largest;
    return zero;
}

APD_INLINE std::string listed(const std::vector<std::size_t>& rising) {
    std::string text;
    for (std::size_t i = 0, end = 0; i < rising.size(); i = end) {
        for (end = i + 1; end < rising.size() && rising[end] == rising[end - 1] + 1;) ++end;
        if (end - i < 4) end = i + 1;  // "13, 14, 15" is as short
        text += (i == 0 ? "" : ", ") + std::to_string(rising[i]);
        if (end - i > 1) text += " to " + std::to_string(rising[end - 1]);
    }
    return text;
}

using named_matrices = std::vector<std::pair<std::string, std::vector<double>>>;

// The matrices of a site, row-major: W, Σ_c P_c, and every P_c.
inline named_matrices matrices_of(const site_parts& site) {
    named_matrices all;
    all.emplace_back(site.name + " (target)", site.target);
    all.emplace_back("sum", std::vector<double>(site.target.size(), 0.0));
    for (std::size_t c = 0; c < site.counts.count; ++c) {
        const double* const begin = site.components.data() + c * site.target.size();
        all.emplace_back("component " + std::to_string(site.first + c),
                         std::vector<double>(begin, begin + site.target.size()));
        for (std::size_t i = 0; i < site.target.size(); ++i) all[1].second[i] += begin[i];
    }
    return all;
}

inline double norm(const std::vector<double>& values) {
    double sum = 0;
    for (const double v : values) sum += v * v;
    return std::sqrt(sum);
}

// Keeps the first two of the matrices, and those of largest norm of the others, largest first: `most` in all.
inline void keep_largest(named_matrices& matrices, std::size_t most) {
    std::vector<std::pair<double, std::size_t>> order;  // least first: −norm, and which of two equal ones comes first
    for (std::size_t i = 2; i < matrices.size(); ++i) {
        const double size = norm(matrices[i].second);
        order.emplace_back(std::isnan(size) ? 0 : -size, i);
    }
    std::sort(order.begin(), order.end());
    named_matrices kept;
    for (std::size_t i = 0; i < most; ++i) kept.push_back(std::move(matrices[i < 2 ? i : order[i - 2].second]));
    matrices = std::move(kept);
}

APD_INLINE std::string components_figure(const site_parts& site) {
    const std::size_t rows = site.counts.in, columns = site.counts.out;
    const bool vectors = rows == 2 || columns == 2;
    const std::size_t most = std::max<std::size_t>(4, 1'000'000 / (rows * columns));
    auto matrices = matrices_of(site);
    std::string caption = vectors ? std::string("Each arrow is one ") + (columns == 2 ? "row" : "column") +
                                        " of the matrix: what one feature reads or writes in the two dimensions"
                                  : "Entries of the matrix";
    caption += ". All panels share one scale; the components sum to the target's matrix.";
    const auto zero = zero_components(site.counts, site.left, site.right);
    std::vector<std::size_t> not_drawn;
    for (std::size_t c = zero.size(); c-- > 0;)
        if (zero[c]) {
            not_drawn.insert(not_drawn.begin(), site.first + c);
            matrices.erase(matrices.begin() + static_cast<std::ptrdiff_t>(2 + c));
        }
    if (!not_drawn.empty())
        caption += " " + std::to_string(not_drawn.size()) +
                   (not_drawn.size() == 1 ? " component is zero here: " : " components are zero here: ") +
                   listed(not_drawn) + ".";
    if (matrices.size() > most) {
        keep_largest(matrices, most);
        caption += " Of " + std::to_string(zero.size()) + " components the " + std::to_string(most - 2) +
                   " largest are drawn.";
    }
    if (vectors) {
        std::vector<vector_panel> panels;
        for (auto& [title, values] : matrices) {
            vector_panel& panel = panels.emplace_back(vector_panel{title, {}, {}});
            for (std::size_t f = 0; f < (columns == 2 ? rows : columns); ++f) {
                if (columns == 2) panel.vectors.push_back({values[2 * f], values[2 * f + 1]});
                else panel.vectors.push_back({values[f], values[columns + f]});
            }
        }
        return vector_figure(panels, caption);
    }
    std::vector<matrix_panel> panels;
    for (auto& [title, values] : matrices)
        panels.push_back({.title = title, .rows = rows, .columns = columns, .values = std::move(values)});
    return matrix_figure(panels, caption);
}

}  // namespace detail

}  // namespace apd::ext
