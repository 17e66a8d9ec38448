#pragma once
// What outputs are worth under masks of every kind that importances allow.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <apd/analysis/evaluator.hpp>
#include <apd/analysis/losses.hpp>
#include <apd/core/streams.hpp>
#include <apd/importance/importance_node.hpp>
#include <apd/loss/distance.hpp>
#include <apd/loss/drawn_reconstruction.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/mask/given_mask.hpp>

namespace apd::ext {

/// The mean distance of outputs from the target's.
struct mask_comparison_result {
    double importances;  ///< m = g
    double rounded;      ///< m = 1 where g is above the threshold, else 0
    double stochastic;   ///< between g and 1, with as much of the delta components
    double all;          ///< m = 1
    double random;       ///< uniform, whatever g is
    double none;         ///< m = 0
};

struct mask_comparison_options {
    double threshold = 0.1;
    std::uint64_t seed = 0;  ///< of `random`; drawn masks have the evaluator's seed
};

/// Outputs on x [N, d_in] with masks of every kind, by a distance (`squared_error{}`, or `kl_divergence` of logits), as
/// the CE/KL set of the code of SPD has them. Masks are for all sites at once. Errors: as of `losses`.
///
/// Example: `auto found = apd::mask_comparison(answers, ci, x); // found.rounded: are small importances needed?`
template <class Evaluation, importance_node Importance, class Distance = squared_error>
mask_comparison_result mask_comparison(Evaluation& answers, const Importance& importance,
                                       const typename Evaluation::matrix& x, const mask_comparison_options& how = {},
                                       const Distance& distance = {}) {
    using T = typename Evaluation::scalar;
    const auto g = answers.importances(x, importance);
    auto m = g;
    const auto masks = [&](auto&& entry) -> auto& {
        for (std::size_t n = 0; n < m.shape(0); ++n)
            for (std::size_t c = 0; c < m.shape(1); ++c) m(n, c) = static_cast<T>(entry(n, c));
        return m;
    };
    // Not made for every kind of mask, as it is much to compile.
    const auto loss_under = [&](const typename Evaluation::matrix& all) {
        return losses(answers, minimality(given_mask{}, distance), x, [&](auto& run, std::size_t first) {
            answers.device().upload(
                std::span<const T>(all.data() + first * all.shape(1), answers.batch() * all.shape(1)),
                run(given_mask{}).value());
        })[0];
    };
    return {.importances = loss_under(g),
            .rounded = loss_under(masks([&](std::size_t n, std::size_t c) {
                return static_cast<double>(g(n, c)) > how.threshold ? 1.0 : 0.0;
            })),
            .stochastic = losses(answers, reconstruction(stochastic(importance), all_sites, distance), x)[0],
            .all = loss_under(masks([](std::size_t, std::size_t) { return 1.0; })),
            .random = loss_under(masks(
                [&](std::size_t n, std::size_t c) { return detail::uniform(how.seed, comparison_stream, n, c); })),
            .none = loss_under(masks([](std::size_t, std::size_t) { return 0.0; }))};
}

/// The loss under masks that an adversary has climbed to, the same for a whole batch, after each of these numbers of
/// ascents by the sign of the gradient.
///
/// Example: `apd::adversarial_curve(answers, ci, x, {0, 1, 5, 20, 80})`.
template <class Evaluation, importance_node Importance, class Distance = squared_error>
std::vector<double> adversarial_curve(Evaluation& answers, const Importance& importance,
                                      const typename Evaluation::matrix& x, const std::vector<std::size_t>& ascents,
                                      double rate = 0.1, const Distance& distance = {}) {
    std::vector<double> curve;
    for (const std::size_t steps : ascents)
        curve.push_back(losses(
            answers, reconstruction(shared_adversary(importance, {.steps = steps, .rate = rate}), all_sites, distance),
            x)[0]);
    return curve;
}

}  // namespace apd::ext

namespace apd {
using ext::mask_comparison_result, ext::mask_comparison_options, ext::mask_comparison, ext::adversarial_curve;
}  // namespace apd
