#pragma once
// Importances on inputs with one feature: how far they are from what is known to be true of toy models.

#include <cstddef>
#include <string>
#include <vector>

#include <apd/analysis/evaluator.hpp>
#include <apd/core/error.hpp>
#include <apd/core/xtensor.hpp>
#include <apd/importance/importance_node.hpp>

namespace apd::ext {

/// g on inputs with one feature at `value` and the others at 0, [features, C]; of sequences, at the first position of
/// one in which there is nothing else.
///
/// Example: `auto g = apd::importance_matrix(answers, ci);`, then `apd::identity_error(apd::of_site(answers, g, 0))`.
template <class Evaluation, importance_node Importance>
auto importance_matrix(Evaluation& answers, const Importance& importance, double value = 0.75) {
    using network = typename Evaluation::network_type;
    constexpr std::size_t features = network::inputs, length = network::sequence_length;
    typename Evaluation::matrix x = xt::zeros<typename Evaluation::scalar>({features * length, features});
    for (std::size_t f = 0; f < features; ++f) x(f * length, f) = static_cast<typename Evaluation::scalar>(value);
    const typename Evaluation::matrix all = answers.importances(x, importance);
    auto first = Evaluation::matrix::from_shape({features, all.shape(1)});
    for (std::size_t f = 0; f < features; ++f)
        for (std::size_t c = 0; c < all.shape(1); ++c) first(f, c) = all(f * length, c);
    return first;
}
/// The columns of a matrix [N, C] that are those of site number `site`, [N, C_site]. Errors: `apd::error` if there is
/// no such site.
template <class Evaluation, class Matrix>
xt::xtensor<double, 2> of_site(const Evaluation&, const Matrix& all, std::size_t site) {
    constexpr std::size_t sites = Evaluation::network_type::sites.size();
    if (site >= sites)
        throw error("of_site", "there is no site number " + std::to_string(site),
                    "the network has " + std::to_string(sites) + ", from 0");
    xt::xtensor<double, 2> part;
    Evaluation::problem_type::for_each_site([&](auto each) {
        if (each.number != site) return;
        part = xt::xtensor<double, 2>::from_shape({all.shape(0), each.count});
        for (std::size_t n = 0; n < all.shape(0); ++n)
            for (std::size_t c = 0; c < each.count; ++c) part(n, c) = static_cast<double>(all(n, each.first + c));
    });
    return part;
}

namespace detail {
/// The column of every row, each column of one row at most, with the largest sum of entries; of [n, C], n ≤ C.
std::vector<std::size_t> best_assignment(const xt::xtensor<double, 2>& g);
}  // namespace detail

// All that follow throw `apd::error` for an importance that is NaN or infinite.

/// Columns of g [n, C] in the order in which it is most like an identity: column i for row i, so that the sum of these
/// entries is largest, then the others as they are. Where min(n, C) is 500 or more, row after row takes the largest
/// column that is left.
std::vector<std::size_t> identity_order(const xt::xtensor<double, 2>& g);
/// Columns in the order of their sums, the largest first.
std::vector<std::size_t> dense_order(const xt::xtensor<double, 2>& g);

/// The mean of every column of g [N, C].
std::vector<double> mean_importances(const xt::xtensor<double, 2>& g);
/// The density of every column: on which share of the N samples it is above the threshold.
std::vector<double> importance_densities(const xt::xtensor<double, 2>& g, double threshold = 0.1);
/// The mean L0 of the N samples: how many entries of a row of g [N, C] are above the threshold, on average.
double importance_l0(const xt::xtensor<double, 2>& g, double threshold = 0.1);

/// How many entries are wrong if every row should have one column of its own, of importance 1: those of a row's own
/// column below 1 − tolerance, and all others above tolerance. (`IdentityCIError` in the published code.)
std::size_t identity_error(const xt::xtensor<double, 2>& g, double tolerance = 0.1);
/// How many are wrong if `columns` columns should matter and no others: columns among the first without an entry of at
/// least 1 − tolerance, and entries above tolerance in the others. (`DenseCIError`.)
std::size_t dense_error(const xt::xtensor<double, 2>& g, std::size_t columns, double tolerance = 0.1);

}  // namespace apd::ext

namespace apd {
using ext::importance_matrix, ext::of_site, ext::identity_order, ext::dense_order, ext::mean_importances,
    ext::importance_densities, ext::importance_l0, ext::identity_error, ext::dense_error;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/analysis/importance_patterns.ipp>
#endif
