#pragma once
// The singular values of every component at every site, and the rank they amount to.

#include <apd/core/intrinsics.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <Eigen/SVD>

#include <apd/component/decomposition_shape.hpp>
#include <apd/training/decomposition.hpp>

namespace apd {

namespace detail {
// R [n, n] of A = Q R [m, n], by modified Gram–Schmidt: as good an R as that of reflections, whatever the rank of A
// (Björck, Paige, SIAM J. Matrix Anal. Appl. 1992).
template <class Matrix>
Matrix triangle_of(Matrix a) {
    Matrix r = Matrix::Zero(a.cols(), a.cols());
    for (Eigen::Index j = 0; j < a.cols(); ++j) {
        r(j, j) = a.col(j).norm();
        if (!(r(j, j) > 0)) continue;
        for (Eigen::Index k = j + 1; k < a.cols(); ++k) {
            r(j, k) = a.col(j).dot(a.col(k)) / r(j, j);
            a.col(k) -= a.col(j) * (r(j, k) / r(j, j));
        }
    }
    return r;
}
// Of U V, from U [m, r] and Vᵀ [n, r]: `count` of them, the others being zero.
template <class Matrix>
std::vector<double> singular_values_of_product(Matrix u, Matrix v_transposed, std::size_t count) {
    // Square, so that no decomposition has to come before; coefficient by coefficient, as all are small.
    const Matrix small = triangle_of(std::move(u)).lazyProduct(triangle_of(std::move(v_transposed)).transpose());
    const Eigen::JacobiSVD<Matrix, Eigen::NoQRPreconditioner> decomposed(small);
    std::vector<double> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(decomposed.singularValues()(static_cast<Eigen::Index>(i)));
    return values;
}
}  // namespace detail

/// The singular values of P_c = U_c V_c at site number S, largest first, [count][min(d_in, d_out, rank)].
///
/// Computed from the factors, as those of R_U R_Vᵀ, where U = Q_U R_U and Vᵀ = Q_V R_V.
/// Example: `auto values = apd::singular_values<0>(result);`
template <std::size_t S, class Net, decomposition_shape Shape, class T>
std::vector<std::vector<double>> singular_values(const decomposition<Net, Shape, T>& result) {
    constexpr auto site = site_in<Net, Shape, S>;
    using stored = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    constexpr auto in = static_cast<Eigen::Index>(site.in), out = static_cast<Eigen::Index>(site.out),
                   rank = static_cast<Eigen::Index>(site.rank);
    std::vector<std::vector<double>> all;
    for (std::size_t c = 0; c < site.count; ++c) {
        const Eigen::Map<const stored> u(result.learned.left[S].data() + c * site.in * site.rank, in, rank);
        const Eigen::Map<const stored> v(result.learned.right[S].data() + c * site.rank * site.out, rank, out);
        all.push_back(detail::singular_values_of_product<Eigen::MatrixXd>(u.template cast<double>(),
                                                                          v.transpose().template cast<double>(),
                                                                          std::min({site.in, site.out, site.rank})));
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
