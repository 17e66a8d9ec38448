#pragma once
// Scrubbing: are the components that a feature map names the ones that matter, and the others not?

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <apd/analysis/evaluator.hpp>
#include <apd/analysis/feature_map.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/exactly_equal.hpp>

namespace apd::ext {

/// For every sample that has a feature, the mean square of y − y*, y* the target's output, under four masks and with
/// y = 0.
struct scrubbing_result {
    std::vector<double> active;         ///< a mask, such as that of the training
    std::vector<double> scrubbed;       ///< of the other features' components a random half is taken away
    std::vector<double> anti_scrubbed;  ///< the sample's features' components are taken away, and half of the others
    std::vector<double> random;         ///< of all components a random half is taken away
    std::vector<double> zero;           ///< y = 0
    std::string mask = "the mask";      ///< of `active`, in words
};

/// Whether an input of sample n is not zero.
template <class Matrix>
bool has_feature(const Matrix& x, std::size_t n) {
    for (std::size_t f = 0; f < x.shape(1); ++f)
        if (!detail::exactly_equal<typename Matrix::value_type>(x(n, f), 0)) return true;
    return false;
}

/// Takes components away from inputs x [N, features] (Braun et al., arXiv 2501.14926, after causal scrubbing): a
/// component is a sample's if `map` gives it to one of the features that are not zero in the sample.
///
/// Example: `auto scrubbed = apd::scrubbing(answers, answers.inputs(data, 10'000), map, active);`
template <class Evaluation, mask_node Mask>
scrubbing_result scrubbing(Evaluation& answers, const typename Evaluation::matrix& x, const feature_map& map,
                           const Mask& mask, std::uint64_t seed = 0) {
    using matrix = typename Evaluation::matrix;
    using T = typename Evaluation::scalar;
    constexpr std::size_t C = Evaluation::components;
    detail::check_map(map, Evaluation::network_type::inputs, C);
    answers.check_inputs(x);
    matrix scrubbed = matrix::from_shape({x.shape(0), C}), anti = scrubbed, random = scrubbed;
    for (std::size_t n = 0; n < x.shape(0); ++n) {
        std::vector<bool> is_of_sample(C);
        for (std::size_t f = 0; f < x.shape(1); ++f)
            if (!detail::exactly_equal(x(n, f), T(0))) is_of_sample[map.component_of[f]] = true;
        for (std::size_t c = 0; c < C; ++c) {
            const T kept = detail::uniform(seed, scrubbing_stream, n, c) < 0.5 ? T(0) : T(1);
            scrubbed(n, c) = is_of_sample[c] ? T(1) : kept;
            anti(n, c) = is_of_sample[c] ? T(0) : kept;
            random(n, c) = kept;
        }
    }
    const auto target = answers.target_outputs(x);
    const auto errors = [&](const matrix& y) {
        std::vector<double> kept;
        const auto all = squared_errors(y, target);
        for (std::size_t n = 0; n < x.shape(0); ++n)
            if (has_feature(x, n)) kept.push_back(all(n));
        return kept;
    };
    const matrix nothing = xt::zeros<T>({x.shape(0), target.shape(1)});
    return {errors(answers.outputs(x, mask)),
            errors(answers.outputs(x, scrubbed)),
            errors(answers.outputs(x, anti)),
            errors(answers.outputs(x, random)),
            errors(nothing),
            describe(mask)};
}

}  // namespace apd::ext

namespace apd {
using ext::scrubbing_result, ext::has_feature, ext::scrubbing;
}  // namespace apd
