#pragma once
// How often each component is active, and on which samples it does most.

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include <apd/analysis/evaluator.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/exactly_equal.hpp>

namespace apd::ext {

/// What each of C components does on samples.
struct component_activity_result {
    std::string mask;                                   ///< in words
    std::size_t samples = 0, top_samples = 0;           ///< how many, and how many of them at most are listed
    std::vector<double> active;                         ///< the share of samples on which the mask is not 0, [C]
    std::vector<std::vector<std::vector<double>>> top;  ///< [C]: the inputs of largest attribution, largest first
};

/// How often a mask makes each component active on x [N, d_in], and the inputs of largest attribution: of those to
/// which a component does nothing none is listed.
///
/// Example: `auto found = apd::component_activity(answers, answers.inputs(data, 4'096), active);`
template <class Evaluation, mask_node Mask, attribution_node Attribution = decltype(gradient_attribution())>
component_activity_result component_activity(Evaluation& answers, const typename Evaluation::matrix& x,
                                             const Mask& mask, std::size_t top_samples = 3,
                                             const Attribution& attribution = {}) {
    constexpr std::size_t C = Evaluation::components;
    const auto entries = answers.active(x, mask);
    const auto a = answers.attributions(x, attribution);
    const std::size_t samples = x.shape(0);
    component_activity_result found{describe(mask), samples, top_samples, std::vector<double>(C), {}};
    std::vector<std::size_t> order(samples);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t c = 0; c < C; ++c) {
        const auto size = [&](std::size_t n) { return a(n, c) > 0 ? a(n, c) : 0; };  // no NaN, which has no order
        std::size_t count = 0;
        for (std::size_t n = 0; n < samples; ++n) count += detail::exactly_equal(entries(n, c), {}) ? 0U : 1U;
        found.active[c] = static_cast<double>(count) / static_cast<double>(samples);
        const std::size_t most = std::min(top_samples, samples);
        std::partial_sort(
            order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
            [&](std::size_t n, std::size_t m) { return size(n) > size(m) || (!(size(n) < size(m)) && n < m); });
        auto& top = found.top.emplace_back();
        for (std::size_t i = 0; i < most && size(order[i]) > 0; ++i) {
            const auto* row = x.data() + order[i] * x.shape(1);
            top.emplace_back(row, row + x.shape(1));
        }
    }
    return found;
}

}  // namespace apd::ext

namespace apd {
using ext::component_activity_result, ext::component_activity;
}  // namespace apd
