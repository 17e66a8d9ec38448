#pragma once
// Bodies of what warnings.hpp declares.

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/number_text.hpp>
#include <apd/training/run_record.hpp>
#include <apd/training/warnings.hpp>

namespace apd::ext {
namespace detail {

inline std::string in_percent(double share) { return number_text(100 * share, 2) + " %"; }

APD_INLINE std::vector<double> shares_of_nothing(const run_record& run) {
    std::vector<double> shares;
    if (run.history.empty() || run.without_components.size() != run.terms.size()) return shares;
    for (std::size_t i = 0; i < run.terms.size(); ++i) {
        const double none = run.without_components[i];
        shares.push_back(none > 0 ? run.history.back().values[i] / none : 0);
    }
    return shares;
}

inline void warn_of_gains(const sample_gains& gains, std::vector<std::string>& all) {
    if (gains.chosen.empty() || gains.left_over.empty()) return;
    auto sorted = gains.chosen;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const double next = gains.left_over.front();
    if (next >= 0.25 * *middle && next >= 0.25 * gains.chosen.back())
        all.push_back("there seem to be more mechanisms than components: the next sample would gain " +
                      number_text(next, 2) + ", the components' gain " + number_text(*middle, 2) +
                      " in the median; give more components");
    const double chosen = std::accumulate(gains.chosen.begin(), gains.chosen.end(), 0.0),
                 left = std::accumulate(gains.left_over.begin(), gains.left_over.end(), 0.0);
    if (left > 0.2 * (chosen + left))
        all.push_back("the samples that components start from hold " + in_percent(chosen / (chosen + left)) +
                      " of all gains; choose a smaller max_left_over");
}

}  // namespace detail

APD_INLINE std::vector<std::string> warnings(const run_record& run) {
    std::vector<std::string> all;
    if (!run.failure.empty()) all.push_back("the run failed: " + run.failure);
    const auto shares = detail::shares_of_nothing(run);
    for (std::size_t i = 0; i < shares.size(); ++i)
        if (run.terms[i] == "faithfulness" && shares[i] > 0.01)
            all.push_back("the components miss " + detail::in_percent(shares[i]) +
                          " of the weights' square; take more steps, or a larger coefficient of faithfulness");
    detail::warn_of_gains(run.gains, all);
    return all;
}

}  // namespace apd::ext
