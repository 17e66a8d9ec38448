#pragma once
// Column match: whether each input feature has a component that holds its row of a site's matrix.

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <apd/component/decomposition_shape.hpp>
#include <apd/network/parameters.hpp>
#include <apd/training/decomposition.hpp>

namespace apd::ext {

/// How well components match the rows of a matrix.
struct column_match_result {
    double mmcs = 0;  ///< mean over rows j of the largest cosine over c between P_c[j, :] and W[j, :]; 1 is perfect
    double ml2r = 0;  ///< mean over rows of ‖P_c[j, :]‖/‖W[j, :]‖ for the component of that cosine; 1 is perfect

    /// Whether a decomposition came out: MMCS ≥ 0.99 and ML2R in [0.85, 1.15].
    constexpr bool is_recovered() const { return mmcs >= 0.99 && ml2r >= 0.85 && ml2r <= 1.15; }
};

/// Mean max cosine similarity and mean L2 ratio (Braun et al., arXiv 2501.14926, §3.1) of a site.
///
/// A row of W that is zero counts as a cosine and a ratio of 0, as does a component's row that is zero or not finite. A
/// compile error if the network has no site of that name.
///
/// Example: `auto [mmcs, ml2r] = apd::column_match<"W">(target, result);`
template <static_string Site, class Net, class T, decomposition_shape Shape>
column_match_result column_match(const parameters<Net, T>& target, const decomposition<Net, Shape, T>& result) {
    constexpr std::size_t site = Net::template site_named<Site>;
    constexpr std::size_t rows = Net::template site_at<site>::shape::sizes[0];
    constexpr std::size_t columns = Net::template site_at<site>::shape::sizes[1];
    const auto w = target.template get<Site>();
    const auto p = result.template component_at<site>();
    column_match_result match;
    for (std::size_t j = 0; j < rows; ++j) {
        double best_cosine = 0, best_ratio = 0;
        for (std::size_t c = 0; c < p.shape(0); ++c) {
            double product = 0, of_w = 0, of_p = 0;
            for (std::size_t o = 0; o < columns; ++o) {
                const auto a = static_cast<double>(w[j * columns + o]), b = static_cast<double>(p(c, j, o));
                product += a * b, of_w += a * a, of_p += b * b;
            }
            const double cosine = product / std::sqrt(of_w * of_p);
            if (cosine > best_cosine) best_cosine = cosine, best_ratio = std::sqrt(of_p / of_w);
        }
        match.mmcs += best_cosine / rows;
        match.ml2r += best_ratio / rows;
    }
    return match;
}

}  // namespace apd::ext

namespace apd {
using ext::column_match_result, ext::column_match;
}  // namespace apd
