#pragma once
// The recipe that comes out: one method with one set of numbers, for every network that has been tried.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <apd/attribution/gradient_attribution.hpp>
#include <apd/component/components_from_samples.hpp>
#include <apd/component/decomposition_shape.hpp>
#include <apd/component/problem.hpp>
#include <apd/core/error.hpp>
#include <apd/core/number_text.hpp>
#include <apd/core/streams.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/loss/simplicity.hpp>
#include <apd/mask/attribution_share.hpp>
#include <apd/objective/step.hpp>
#include <apd/training/plan.hpp>

namespace apd::ext {

/// The numbers of `robust_plan`. None is tuned to a network: losses are measured in units of the network's own.
struct robust_recipe {
    double faithfulness = 10;    ///< coefficient of the loss, in units of that of no components: of all weights missed
    double minimality = 1;       ///< the same: of all missed that the weights do
    double simplicity = 0.005;   ///< in units of that of the components that the run starts from
    double power = 0.9;          ///< of the singular values, in `schatten`
    double first_share = 0.02;   ///< of a sample's attribution that makes a component active: in the first step,
    double share = 0.1;          ///< and at the end
    double bystanders = 0.005;   ///< the chance of any other component to be active in minimality
    std::size_t samples = 8192;  ///< to start from, and on which units are measured
    double min_relative_gain = 0.25, max_left_over = 0.05;  ///< where mechanisms end: see `sample_options`
    std::size_t steps = 2'000;
    std::size_t batch = 512;
    double learning_rate = 3e-3;
    std::uint64_t seed = 0;
    const std::atomic<bool>* stop = nullptr;  ///< when it becomes true, the run ends and keeps what it has
};

namespace detail {
// A loss to measure others in. Its gradient's square, and a share of it, must be numbers of the scalar too.
template <class T>
double unit(std::string_view loss, double value) {
    constexpr double smallest = 1e6 * static_cast<double>(std::numeric_limits<T>::min());
    if (value > smallest && value < 1 / smallest) return value;
    throw error("robust_plan", std::string(loss) + " is " + number_text(value) + ", which is no unit to measure in",
                "scale inputs and weights, so that they are around 1; if it is 0, nothing is active: choose a smaller "
                "first_share, and look at the data");
}
}  // namespace detail

/// A decomposition that needs no tuning: components start from samples, as many are active as a sample needs, in
/// minimality among others that should have no effect, and losses are measured in units of the network's own.
/// docs/robustness.md tells how it was found and what it reaches.
///
/// Errors: those of `components_from_samples`, and when it runs those of `decompose`; `apd::error` if a loss can't be
/// measured in units of the network's own, as inputs are far from 1, or nothing is active at the start.
/// Example: `auto result = apd::decompose(device, apd::robust_plan<5>(device, target, data), apd::progress_bar());`
template <std::size_t C, std::size_t Rank = 1, backend Device, class Net, class T, data_source<Device, T> Data>
auto robust_plan(Device& device, const parameters<Net, T>& target, const Data& data, const robust_recipe& recipe = {}) {
    if (recipe.batch == 0) throw error("robust_plan", "a batch of 0 samples", "choose a batch of at least 1");
    const auto found = components_from_samples<C, Rank>(device, target, data,
                                                        {.samples = recipe.samples,
                                                         .min_relative_gain = recipe.min_relative_gain,
                                                         .max_left_over = recipe.max_left_over,
                                                         .seed = recipe.seed});
    const auto active =
        attribution_share(gradient_attribution(), rising_share{recipe.first_share, recipe.share, recipe.steps});
    const auto losses = [&](double of_weights, double of_effect, double of_spectrum) {
        return recipe.faithfulness / of_weights * faithfulness() +
               recipe.minimality / of_effect * minimality(with_bystanders(active, recipe.bystanders)) +
               recipe.simplicity / of_spectrum * simplicity(active, schatten(recipe.power));
    };

    problem<Device, T, Net, shared_components<C, Rank>> first(device, target, recipe.batch, recipe.seed);
    objective_step measured(first, losses(1, 1, 1));
    const auto losses_of = [&](const decltype(found.start)& components) {
        first.factors.upload(device, components);
        const auto batches = static_cast<std::uint32_t>((recipe.samples + recipe.batch - 1) / recipe.batch);
        std::array<double, 3> mean{};
        for (std::uint32_t i = 0; i < batches; ++i) {
            first.fill(data, batches_of_units + i);
            measured.evaluate();
            const auto values = measured.values();
            for (std::size_t term = 0; term < mean.size(); ++term) mean[term] += values[term] / batches;
        }
        return mean;
    };
    const auto none = losses_of({}), start = losses_of(found.start);
    return plan{target,
                data,
                losses(detail::unit<T>("faithfulness without components", none[0]),
                       detail::unit<T>("minimality without components", none[1]),
                       detail::unit<T>("simplicity at the start", start[2])),
                decompose_options{.steps = recipe.steps,
                                  .batch = recipe.batch,
                                  .learning_rate = recipe.learning_rate,
                                  .shape = decay::cosine,
                                  .warm_up = 0.05,
                                  .seed = recipe.seed,
                                  .stop = recipe.stop},
                found.start,
                found.gains};
}

}  // namespace apd::ext

namespace apd {
using ext::robust_recipe, ext::robust_plan;
}  // namespace apd
