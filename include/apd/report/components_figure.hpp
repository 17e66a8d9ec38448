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

/// Which components are zero at a site, or as good as: below 1 % of the norm of the largest. One that holds a number
/// that is not finite is not.
template <std::size_t S, class Net, std::size_t C, std::size_t Rank, class T>
std::vector<bool> zero_components_at(const decomposition<Net, C, Rank, T>& result) {
    using shapes = factor_shapes<Net, C, Rank, S>;
    std::vector<double> squares(C);
    for (std::size_t c = 0; c < C; ++c)
        for (std::size_t r = 0; r < shapes::rank; ++r)
            for (std::size_t q = 0; q < shapes::rank; ++q) {  // |U V|² = Σ_rq (Uᵀ U)_rq (V Vᵀ)_rq
                double left = 0, right = 0;
                for (std::size_t i = 0; i < shapes::in; ++i) {
                    const T* u = result.learned.left[S].data() + (c * shapes::in + i) * shapes::rank;
                    left += static_cast<double>(u[r]) * static_cast<double>(u[q]);
                }
                const T* v = result.learned.right[S].data() + c * shapes::rank * shapes::out;
                for (std::size_t o = 0; o < shapes::out; ++o)
                    right += static_cast<double>(v[r * shapes::out + o]) * static_cast<double>(v[q * shapes::out + o]);
                squares[c] += left * right;
            }
    double largest = 0;
    for (const double square : squares)
        if (std::isfinite(square)) largest = std::max(largest, square);
    std::vector<bool> zero(C);
    for (std::size_t c = 0; c < C; ++c) zero[c] = squares[c] <= 1e-4 * largest;
    return zero;
}
/// The same for all sites.
template <class Net, std::size_t C, std::size_t Rank, class T>
std::vector<bool> zero_components(const decomposition<Net, C, Rank, T>& result) {
    std::vector<bool> zero(C, true);
    repeat<Net::sites.size()>([&](auto s) {
        const auto here = zero_components_at<s>(result);
        for (std::size_t c = 0; c < C; ++c) zero[c] = zero[c] && here[c];
    });
    return zero;
}

/// "3, 7, 13 to 19"
inline std::string listed(const std::vector<std::size_t>& rising) {
    std::string text;
    for (std::size_t i = 0, end = 0; i < rising.size(); i = end) {
        for (end = i + 1; end < rising.size() && rising[end] == rising[end - 1] + 1;) ++end;
        if (end - i < 4) end = i + 1;  // "13, 14, 15" is as short
        text += (i == 0 ? "" : ", ") + std::to_string(rising[i]);
        if (end - i > 1) text += " to " + std::to_string(rising[end - 1]);
    }
    return text;
}

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
/// A matrix with two columns (or two rows) is drawn as one vector for each row (column), any other as a heat map.
/// Components that are zero here (below 1 % of the largest) are named in the caption and not drawn; above a million
/// entries in all only those of largest norm are, as the caption says.
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
    const auto zero = detail::zero_components_at<S>(result);
    std::vector<std::size_t> not_drawn;
    for (std::size_t c = C; c-- > 0;)
        if (zero[c]) {
            not_drawn.insert(not_drawn.begin(), c);
            matrices.erase(matrices.begin() + static_cast<std::ptrdiff_t>(2 + c));
        }
    if (!not_drawn.empty())
        caption += " " + std::to_string(not_drawn.size()) +
                   (not_drawn.size() == 1 ? " component is zero here: " : " components are zero here: ") +
                   detail::listed(not_drawn) + ".";
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
