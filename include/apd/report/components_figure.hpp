#pragma once
// The picture of one site taken apart: its matrix, the sum of the components, and every component.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/report/matrix_figure.hpp>
#include <apd/report/vector_figure.hpp>
#include <apd/training/decomposition.hpp>

namespace apd {

namespace detail {

/// The matrices of a site, row-major: W, Σ_c P_c, P_1, …, P_C.
template <std::size_t S, class Net, std::size_t C, std::size_t Rank, class T>
std::vector<std::pair<std::string, std::vector<double>>> site_matrices(const decomposition<Net, C, Rank, T>& result) {
    using site = typename Net::template site_at<S>;
    const std::string name(site::name.view());
    const auto w = result.target.template at<Net::template parameter_of<Net::sites[S]>>();
    const auto p = result.template component_at<S>();
    std::vector<std::pair<std::string, std::vector<double>>> all;
    all.emplace_back(name + " (target)", std::vector<double>(w.begin(), w.end()));
    all.emplace_back("sum", std::vector<double>(w.size(), 0.0));
    for (std::size_t c = 0; c < C; ++c) {
        const auto* begin = p.data() + c * w.size();
        all.emplace_back("component " + std::to_string(c), std::vector<double>(begin, begin + w.size()));
        for (std::size_t i = 0; i < w.size(); ++i) all[1].second[i] += static_cast<double>(begin[i]);
    }
    return all;
}

inline double norm(const std::vector<double>& values) {
    double sum = 0;
    for (const double v : values) sum += v * v;
    return std::sqrt(sum);
}

// Keeps the first two of the matrices, and those of largest norm of the others, largest first: `most` in all.
inline void keep_largest(std::vector<std::pair<std::string, std::vector<double>>>& matrices, std::size_t most) {
    std::vector<std::pair<double, std::size_t>> order;  // least first: −norm, and which of two equal ones comes first
    for (std::size_t i = 2; i < matrices.size(); ++i) {
        const double size = norm(matrices[i].second);
        order.emplace_back(std::isnan(size) ? 0 : -size, i);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::pair<std::string, std::vector<double>>> kept;
    for (std::size_t i = 0; i < most; ++i) kept.push_back(std::move(matrices[i < 2 ? i : order[i - 2].second]));
    matrices = std::move(kept);
}

}  // namespace detail

/// Site S of a result as HTML for `page::figure`.
///
/// A matrix with two columns (or two rows) is drawn as one vector for each row (column), any other as a heat map. Above
/// a million entries in all only the components of largest norm are drawn, as the caption says.
///
/// Example: `page.figure(apd::components_figure<0>(result));`
template <std::size_t S, class Net, std::size_t C, std::size_t Rank, class T>
std::string components_figure(const decomposition<Net, C, Rank, T>& result) {
    constexpr std::size_t rows = Net::template site_at<S>::shape::sizes[0];
    constexpr std::size_t columns = Net::template site_at<S>::shape::sizes[1];
    constexpr bool vectors = rows == 2 || columns == 2;
    constexpr std::size_t most = std::max<std::size_t>(4, 1'000'000 / (rows * columns));
    auto matrices = detail::site_matrices<S>(result);
    std::string caption = vectors ? std::string("Each arrow is one ") + (columns == 2 ? "row" : "column") +
                                        " of the matrix: what one feature reads or writes in the two dimensions"
                                  : "Entries of the matrix";
    caption += ". All panels share one scale; the components sum to the target's matrix.";
    if (matrices.size() > most) {
        detail::keep_largest(matrices, most);
        caption += " Of " + std::to_string(C) + " components the " + std::to_string(most - 2) + " largest are drawn.";
    }
    if constexpr (vectors) {
        std::vector<vector_panel> panels;
        for (auto& [title, values] : matrices) {
            vector_panel& panel = panels.emplace_back(vector_panel{title, {}, {}});
            for (std::size_t f = 0; f < (columns == 2 ? rows : columns); ++f) {
                if constexpr (columns == 2) panel.vectors.push_back({values[2 * f], values[2 * f + 1]});
                else panel.vectors.push_back({values[f], values[columns + f]});
            }
        }
        return vector_figure(panels, caption);
    } else {
        std::vector<matrix_panel> panels;
        for (auto& [title, values] : matrices)
            panels.push_back({.title = title, .rows = rows, .columns = columns, .values = std::move(values)});
        return matrix_figure(panels, caption);
    }
}

}  // namespace apd
