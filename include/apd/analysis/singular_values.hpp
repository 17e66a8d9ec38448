#pragma once
// The singular values of every component at every site, and the rank they amount to.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <Eigen/QR>
#include <Eigen/SVD>

#include <apd/training/decomposition.hpp>

namespace apd {

/// The singular values of P_c = U_c V_c at site number S, largest first, [C][min(d_in, d_out, rank)].
///
/// Computed from the factors, as those of R_U R_Vᵀ, where U = Q_U R_U and Vᵀ = Q_V R_V.
/// Example: `auto values = apd::singular_values<0>(result);`
template <std::size_t S, class Net, std::size_t C, std::size_t Rank, class T>
std::vector<std::vector<double>> singular_values(const decomposition<Net, C, Rank, T>& result) {
    using shapes = factor_shapes<Net, C, Rank, S>;
    // In long double, which Eigen does not vectorise: g++ 12 warns of its vector code.
    using wide_matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
    using stored = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    constexpr auto in = static_cast<Eigen::Index>(shapes::in), out = static_cast<Eigen::Index>(shapes::out),
                   rank = static_cast<Eigen::Index>(shapes::rank);
    // The upper triangle of a thin QR decomposition, [min(rows, rank), rank].
    const auto triangle = [](const wide_matrix& a) -> wide_matrix {
        const Eigen::Index rows = std::min(a.rows(), a.cols());
        return Eigen::HouseholderQR<wide_matrix>(a).matrixQR().topRows(rows).template triangularView<Eigen::Upper>();
    };
    std::vector<std::vector<double>> all;
    for (std::size_t c = 0; c < C; ++c) {
        const Eigen::Map<const stored> u(result.learned.left[S].data() + c * shapes::left::elements / C, in, rank);
        const Eigen::Map<const stored> v(result.learned.right[S].data() + c * shapes::right::elements / C, rank, out);
        const wide_matrix small =
            triangle(u.template cast<long double>()) * triangle(v.transpose().template cast<long double>()).transpose();
        const Eigen::JacobiSVD<wide_matrix> decomposed(small);
        auto& values = all.emplace_back();
        for (const long double value : decomposed.singularValues()) values.push_back(static_cast<double>(value));
    }
    return all;
}

/// exp(−Σ p ln p) with p = σ/Σσ: 1 for rank one, n for n equal singular values (Roy, Vetterli, EUSIPCO 2007); 0 for
/// none.
inline double effective_rank(const std::vector<double>& singular) {
    double sum = 0, entropy = 0;
    for (const double s : singular) sum += s;
    if (!(sum > 0)) return 0;
    for (const double s : singular)
        if (s > 0) entropy -= s / sum * std::log(s / sum);
    return std::exp(entropy);
}

}  // namespace apd
