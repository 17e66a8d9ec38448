#pragma once
// The linearity test: do components that a mask calls inactive stay without effect however much of them is left?

#include <cstddef>
#include <cstdint>
#include <vector>

#include <apd/analysis/evaluator.hpp>
#include <apd/core/exactly_equal.hpp>

namespace apd::ext {

struct ablation_curve_options {
    std::size_t points = 11;  ///< scales from 1 to 0, both included
    std::size_t curves = 8;   ///< random combinations of components
    std::uint64_t seed = 0;
};

/// Mean over the samples of the mean square of y − y*, for every combination and scale.
struct ablation_curve_result {
    std::vector<double> scale;              ///< [points], from 1 to 0
    std::vector<std::vector<double>> loss;  ///< [curves][points]
};

/// Inputs x [N, features]; in every curve, of the components that `mask` leaves inactive on a sample, a random half is
/// scaled from 1 to 0, and the others stay. Were components independent mechanisms, every curve would be flat (Braun et
/// al., arXiv 2501.14926: attributions see only first order).
///
/// Errors: `apd::error` for fewer than two points.
/// Example: `auto curves = apd::ablation_curve(answers, answers.inputs(data, 1'000), active);`
template <class Evaluation, mask_node Mask>
ablation_curve_result ablation_curve(Evaluation& answers, const typename Evaluation::matrix& x, const Mask& mask,
                                     const ablation_curve_options& options = {}) {
    using T = typename Evaluation::scalar;
    if (options.points < 2)
        throw error("ablation_curve", "fewer than two points", "choose at least the scales 1 and 0");
    const auto active = answers.active(x, mask), target = answers.target_outputs(x);
    ablation_curve_result result;
    for (std::size_t p = 0; p < options.points; ++p)
        result.scale.push_back(1 - static_cast<double>(p) / static_cast<double>(options.points - 1));
    for (std::uint32_t curve = 0; curve < options.curves; ++curve) {
        auto& losses = result.loss.emplace_back();
        for (const double scale : result.scale) {
            auto m = active;
            for (std::size_t n = 0; n < x.shape(0); ++n)
                for (std::size_t c = 0; c < Evaluation::components; ++c) {
                    const bool is_scaled = detail::uniform(options.seed, ablation_stream, n, c, curve) < 0.5;
                    if (detail::exactly_equal(active(n, c), T(0))) m(n, c) = is_scaled ? static_cast<T>(scale) : T(1);
                }
            double mean = 0;
            for (const double error : squared_errors(answers.outputs(x, m), target))
                mean += error / static_cast<double>(x.shape(0));
            losses.push_back(mean);
        }
    }
    return result;
}

}  // namespace apd::ext

namespace apd {
using ext::ablation_curve_options, ext::ablation_curve_result, ext::ablation_curve;
}  // namespace apd
