#pragma once
// The picture of one site taken apart: its matrix, the sum of the components, and every component.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/report/matrix_figure.hpp>
#include <apd/report/vector_figure.hpp>
#include <apd/training/decomposition.hpp>

namespace apd {

namespace detail {

/// ‖P_c‖² of the components c of a site from its factors, as |U V|² = Σ_rq (Uᵀ U)_rq (V Vᵀ)_rq.
template <class T>
std::vector<double> squared_norms(const component_counts& site, const std::vector<T>& u, const std::vector<T>& v) {
    std::vector<double> squares(site.count);
    for (std::size_t c = 0; c < site.count; ++c)
        for (std::size_t r = 0; r < site.rank; ++r)
            for (std::size_t q = 0; q < site.rank; ++q) {
                double left = 0, right = 0;
                for (std::size_t i = 0; i < site.in; ++i) {
                    const T* row = u.data() + (c * site.in + i) * site.rank;
                    left += static_cast<double>(row[r]) * static_cast<double>(row[q]);
                }
                const T* rows = v.data() + c * site.rank * site.out;
                for (std::size_t o = 0; o < site.out; ++o)
                    right += static_cast<double>(rows[r * site.out + o]) * static_cast<double>(rows[q * site.out + o]);
                squares[c] += left * right;
            }
    return squares;
}
/// Which of them are zero, or as good as: below 1 % of the norm of the largest. One that holds a number that is not
/// finite is not.
inline std::vector<bool> are_zero(const std::vector<double>& squares) {
    double largest = 0;
    for (const double square : squares)
        if (std::isfinite(square)) largest = std::max(largest, square);
    std::vector<bool> zero(squares.size());
    for (std::size_t c = 0; c < squares.size(); ++c) zero[c] = squares[c] <= 1e-4 * largest;
    return zero;
}
/// The zero components of site number S.
template <std::size_t S, class Net, decomposition_shape Shape, class T>
std::vector<bool> zero_components_at(const decomposition<Net, Shape, T>& result) {
    return are_zero(squared_norms(site_in<Net, Shape, S>.counts(), result.learned.left[S], result.learned.right[S]));
}
/// Those that are zero at every site that has them.
template <class Net, decomposition_shape Shape, class T>
std::vector<bool> zero_components(const decomposition<Net, Shape, T>& result) {
    std::vector<bool> zero(decomposition<Net, Shape, T>::components, true);
    repeat<Net::sites.size()>([&](auto s) {
        const auto here = zero_components_at<s>(result);
        for (std::size_t c = 0; c < here.size(); ++c) {
            const std::size_t of_all = site_in<Net, Shape, s>.first + c;
            zero[of_all] = zero[of_all] && here[c];
        }
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

/// The matrices of a site, row-major: W, Σ_c P_c, and every P_c.
template <std::size_t S, class Net, decomposition_shape Shape, class T>
std::vector<std::pair<std::string, std::vector<double>>> site_matrices(const decomposition<Net, Shape, T>& result) {
    const auto w = result.target.template at<Net::template parameter_of<Net::sites[S]>>();
    const auto p = result.template component_at<S>();
    std::vector<std::pair<std::string, std::vector<double>>> all;
    all.emplace_back(std::string(Net::site_names[S]) + " (target)", std::vector<double>(w.begin(), w.end()));
    all.emplace_back("sum", std::vector<double>(w.size(), 0.0));
    for (std::size_t c = 0; c < p.shape(0); ++c) {
        const auto* begin = p.data() + c * w.size();
        all.emplace_back("component " + std::to_string(site_in<Net, Shape, S>.first + c),
                         std::vector<double>(begin, begin + w.size()));
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
template <std::size_t S, class Net, decomposition_shape Shape, class T>
std::string components_figure(const decomposition<Net, Shape, T>& result) {
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
    for (std::size_t c = zero.size(); c-- > 0;)
        if (zero[c]) {
            not_drawn.insert(not_drawn.begin(), site_in<Net, Shape, S>.first + c);
            matrices.erase(matrices.begin() + static_cast<std::ptrdiff_t>(2 + c));
        }
    if (!not_drawn.empty())
        caption += " " + std::to_string(not_drawn.size()) +
                   (not_drawn.size() == 1 ? " component is zero here: " : " components are zero here: ") +
                   detail::listed(not_drawn) + ".";
    if (matrices.size() > most) {
        detail::keep_largest(matrices, most);
        caption += " Of " + std::to_string(zero.size()) + " components the " + std::to_string(most - 2) +
                   " largest are drawn.";
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
