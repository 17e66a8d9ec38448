#pragma once
// What happens when one feature is present at a time: losses, and how many components are active.

#include <cstddef>
#include <vector>

#include <apd/analysis/evaluator.hpp>

namespace apd::ext {

/// Inputs with one feature.
struct one_feature_options {
    std::size_t samples = 100;  ///< of every feature
    double low = 0, high = 1;   ///< the feature is uniform between them
    std::uint64_t seed = 0;
};

/// Means over the samples of every feature, [features].
struct per_feature_result {
    std::vector<double> loss;               ///< mean square of y − y*, y* the target's output
    std::vector<double> active_components;  ///< how many the mask makes active
};

/// Loss and number of active components for every feature alone, under a mask such as `per_sample_top_k(attribution,
/// 1)`, one component, or the batch top-k of the training. Samples of all features are mixed in a batch.
///
/// Example: `auto alone = apd::per_feature(answers, active, {.low = -1});`
template <class Evaluation, mask_node Mask>
per_feature_result per_feature(Evaluation& answers, const Mask& mask, const one_feature_options& options = {}) {
    using T = typename Evaluation::scalar;
    constexpr std::size_t features = Evaluation::network_type::inputs;
    typename Evaluation::matrix x = xt::zeros<T>({options.samples * features, features});
    for (std::size_t n = 0; n < options.samples; ++n)
        for (std::size_t f = 0; f < features; ++f)
            x(n * features + f, f) = static_cast<T>(
                options.low + (options.high - options.low) * detail::uniform(options.seed, one_feature_stream, n, f));
    const auto losses = squared_errors(answers.outputs(x, mask), answers.target_outputs(x));
    const auto active = answers.active(x, mask);
    per_feature_result mean{std::vector<double>(features), std::vector<double>(features)};
    for (std::size_t n = 0; n < x.shape(0); ++n) {
        const double share = 1.0 / static_cast<double>(options.samples);
        mean.loss[n % features] += share * losses(n);
        for (std::size_t c = 0; c < Evaluation::components; ++c)
            mean.active_components[n % features] += share * static_cast<double>(active(n, c));
    }
    return mean;
}

}  // namespace apd::ext

namespace apd {
using ext::one_feature_options, ext::per_feature_result, ext::per_feature;
}  // namespace apd
