#pragma once
// The recipe that comes out: one method, one set of numbers, for every network that has been tried.

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>

#include <apd/attribution/gradient_attribution.hpp>
#include <apd/component/components_from_samples.hpp>
#include <apd/component/target_scales.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/loss/simplicity.hpp>
#include <apd/mask/attribution_share.hpp>
#include <apd/training/plan.hpp>

namespace apd {

/// The numbers of `robust_plan`. None is tuned to a network: losses are measured in scales of the target's own.
struct robust_recipe {
    double faithfulness = 10;    ///< coefficient of the share of the weights that the components miss
    double minimality = 1;       ///< of the share of the weights' effect that the active components miss
    double simplicity = 0.03;    ///< of the active components' spectrum, in that of the target
    double power = 0.9;          ///< of the singular values, in `schatten`
    double share = 0.01;         ///< of a sample's attribution that makes a component active
    std::size_t samples = 4096;  ///< to start from
    std::size_t steps = 2'000;
    std::size_t batch = 1024;
    double learning_rate = 3e-3;
    std::uint64_t seed = 0;
    const std::atomic<bool>* stop = nullptr;  ///< when it becomes true, the run ends and keeps what it has
};

/// A decomposition that needs no tuning: the components start from samples, as many are active as a sample needs, and
/// the losses are relative to the target. docs/robustness.md tells how it was found and what it reaches.
///
/// Errors: those of `components_from_samples` and `target_scales`, and when it runs those of `decompose`.
/// Example: `auto result = apd::decompose(device, apd::robust_plan<5>(device, target, data), apd::progress_bar());`
template <std::size_t C, std::size_t Rank = 1, backend Device, class Net, class T, data_source<Device, T> Data>
auto robust_plan(Device& device, const parameters<Net, T>& target, const Data& data, const robust_recipe& recipe = {}) {
    const auto found =
        components_from_samples<C, Rank>(device, target, data, {.samples = recipe.samples, .seed = recipe.seed});
    const auto scale = scales_of(device, target, data, recipe.power);
    const auto active = attribution_share(gradient_attribution(), recipe.share);
    const auto objective = recipe.faithfulness / scale.weights * faithfulness() +
                           recipe.minimality / scale.effect * minimality(active) +
                           recipe.simplicity / scale.spectrum * simplicity(active, schatten(recipe.power));
    return plan{target, data, objective,
                decompose_options{.steps = recipe.steps,
                                  .batch = recipe.batch,
                                  .learning_rate = recipe.learning_rate,
                                  .shape = decay::cosine,
                                  .warm_up = 0.05,
                                  .seed = recipe.seed,
                                  .stop = recipe.stop},
                found.start};
}

}  // namespace apd
