#pragma once
// The singular values of every component at every site, and the rank they amount to.

#include <cstddef>
#include <span>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/core/annotations.hpp>
#include <apd/training/decomposition.hpp>

namespace apd::ext {

namespace detail {
/// Of U V, from U [m, r] and V [r, n], row-major: the first min(m, n, r), the others being zero. A template, so that
/// only who asks for singular values compiles a decomposition of Eigen's.
template <class T>
std::vector<double> singular_values_of_product(std::span<const T> u, std::span<const T> v, std::size_t rank);

APD_IF_COMPILED(extern template std::vector<double> singular_values_of_product(std::span<const float>,
                                                                               std::span<const float>, std::size_t);
                extern template std::vector<double> singular_values_of_product(std::span<const double>,
                                                                               std::span<const double>, std::size_t);)
}  // namespace detail

/// The singular values of P_c = U_c V_c at site number S, largest first, [count][min(d_in, d_out, rank)].
///
/// Computed from the factors, as those of R_U R_Vᵀ, where U = Q_U R_U and Vᵀ = Q_V R_V.
/// Example: `auto values = apd::singular_values<0>(result);`
template <std::size_t S, class Net, decomposition_shape Shape, class T>
std::vector<std::vector<double>> singular_values(const decomposition<Net, Shape, T>& result) {
    constexpr auto site = site_in<Net, Shape, S>;
    const std::span<const T> left = result.learned.left[S], right = result.learned.right[S];
    std::vector<std::vector<double>> all;
    for (std::size_t c = 0; c < site.count; ++c) {
        const auto u = left.subspan(c * site.in * site.rank, site.in * site.rank);
        const auto v = right.subspan(c * site.rank * site.out, site.rank * site.out);
        all.push_back(detail::singular_values_of_product(u, v, site.rank));
    }
    return all;
}

/// exp(−Σ p ln p) with p = σ/Σσ: 1 for rank one, n for n equal singular values (Roy, Vetterli, EUSIPCO 2007); 0 for
/// none.
double effective_rank(const std::vector<double>& singular);

}  // namespace apd::ext

namespace apd {
using ext::singular_values, ext::effective_rank;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/analysis/singular_values.ipp>
#endif
