#pragma once
// Bodies of what singular_values.hpp declares.

#include <apd/core/intrinsics.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <Eigen/SVD>

#include <apd/analysis/singular_values.hpp>
#include <apd/core/annotations.hpp>

namespace apd::ext {
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

template <class T>
std::vector<double> singular_values_of_product(std::span<const T> u, std::span<const T> v, std::size_t rank) {
    using stored = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto index = [](std::size_t i) { return static_cast<Eigen::Index>(i); };
    const std::size_t in = u.size() / rank, out = v.size() / rank;
    const Eigen::MatrixXd left = Eigen::Map<const stored>(u.data(), index(in), index(rank)).template cast<double>();
    const Eigen::MatrixXd right = Eigen::Map<const stored>(v.data(), index(rank), index(out)).template cast<double>();
    // Square, so that no decomposition has to come before; coefficient by coefficient, as all are small.
    const Eigen::MatrixXd small =
        triangle_of(left).lazyProduct(triangle_of<Eigen::MatrixXd>(right.transpose()).transpose());
    const Eigen::JacobiSVD<Eigen::MatrixXd, Eigen::NoQRPreconditioner> decomposed(small);
    const double* const first = decomposed.singularValues().data();
    return {first, first + std::min({in, out, rank})};
}

APD_IF_COMPILED(template std::vector<double> singular_values_of_product(std::span<const float>, std::span<const float>,
                                                                        std::size_t);
                template std::vector<double> singular_values_of_product(std::span<const double>,
                                                                        std::span<const double>, std::size_t);)
}  // namespace detail

APD_INLINE double effective_rank(const std::vector<double>& singular) {
    double sum = 0, entropy = 0;
    for (const double s : singular) sum += s;
    if (!(sum > 0)) return 0;
    for (const double s : singular)
        if (s > 0) entropy -= s / sum * std::log(s / sum);
    return std::exp(entropy);
}

}  // namespace apd::ext
