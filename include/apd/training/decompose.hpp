#pragma once
// decompose<C>: from a trained network, data and an objective to C parameter components.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/data/sparse_features.hpp>
#include <apd/objective/step.hpp>
#include <apd/optimiser/adam.hpp>
#include <apd/training/decomposition.hpp>
#include <apd/training/progress.hpp>

namespace apd {

/// A decomposition step by step, for those who want to stand between the steps; `decompose` is a loop over it.
template <class Problem, class Objective>
class decomposition_run {
  public:
    decomposition_run(Problem& problem, const Objective& objective, column_norm columns)
        : problem_(problem), first_(problem.device), second_(problem.device), objective_(problem, objective) {
        if (columns == column_norm::unit) columns_ = std::make_unique<unit_columns<Problem>>(problem);
    }
    /// Loss and gradients at the batch in `problem.x`.
    void differentiate() {
        if (columns_) columns_->normalise(problem_);
        objective_.evaluate();
        objective_.pullback();
        if (columns_) columns_->project_gradient(problem_);
    }
    /// Update number `step` of the factors.
    void update(double rate, std::size_t step) {
        factor_arrays::for_each([&](auto... arrays) { optimiser_(problem_.device, rate, step, arrays...); },
                                problem_.factors, problem_.gradients, first_, second_);
    }
    auto& objective() { return objective_; }

  private:
    using factor_arrays = std::decay_t<decltype(std::declval<Problem&>().factors)>;
    Problem& problem_;
    factor_arrays first_, second_;  // moments
    objective_step<Problem, Objective> objective_;
    std::unique_ptr<unit_columns<Problem>> columns_;
    adam optimiser_;
};

namespace detail {
// Calls an observer with what it takes.
template <class Observer, class Snapshot>
void notify(Observer& observer, const progress& record, const Snapshot& snapshot) {
    if constexpr (std::is_invocable_v<Observer&, const progress&, const Snapshot&>) observer(record, snapshot);
    else observer(record);
}
// The weighted sum. Errors: `apd::error` if a term is NaN or infinite.
template <std::size_t N>
double total_of(const std::array<double, N>& values, const std::vector<double>& coefficients,
                const std::vector<std::string>& names, std::size_t step) {
    double total = 0;
    for (std::size_t i = 0; i < N; ++i) {
        if (!std::isfinite(values[i]))
            throw error(
                "decompose",
                "the term '" + names[i] + "' became " + std::to_string(values[i]) + " by step " + std::to_string(step),
                "lower the learning rate or lengthen the warm-up");
        total += coefficients[i] * values[i];
    }
    return total;
}

template <class Net, std::size_t C, std::size_t Rank, class Data>
consteval bool can_be_decomposed() {
    static_assert(C > 0, "apd::decompose: a decomposition has at least one component.");
    static_assert(Rank > 0, "apd::decompose: a component needs a rank of at least 1.");
    static_assert(Data::features == Net::inputs,
                  "apd::decompose: the data have not as many features as the network inputs.");
    return C > 0 && Rank > 0 && Data::features == Net::inputs;
}

template <std::size_t C, std::size_t Rank, class Device, class Net, class T, class Data, class... Terms,
          class... Observers>
auto decompose(Device& device, const parameters<Net, T>& target, const Data& data, const objective<Terms...>& sum,
               const decompose_options& options, Observers&... observers) {
    check_options("decompose", options);
    target.check_finite("decompose");
    using problem_type = problem<Device, T, Net, C, Rank>;
    auto p = std::make_unique<problem_type>(device, target, options.batch);
    constexpr std::array<std::string_view, sizeof...(Terms)> names{Terms::name...};
    decomposition<Net, C, Rank, T> result{
        .target = target,
        .learned = factors<Net, C, Rank, T>::random(options.seed, options.initial_scale),
        .options = options,
        .objective = sum.describe(),
        .terms = {names.begin(), names.end()},
        .coefficients = {},
        .history = {}};
    std::apply([&](const auto&... each) { result.coefficients = {each.weight...}; }, sum.terms);
    p->factors.upload(device, result.learned);
    decomposition_run<problem_type, objective<Terms...>> run(*p, sum, options.columns);

    const schedule rates{options.learning_rate, options.shape, options.warm_up, options.half_life};
    const std::size_t every =
        options.log_every != 0 ? options.log_every : std::max<std::size_t>(1, options.steps / 100);
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const auto snapshot = [&]() -> const auto& {
        p->factors.download(device, result.learned);
        result.seconds = seconds();
        return result;
    };
    for (std::size_t step = 0; step < options.steps; ++step) {
        const double rate = rates.at(step, options.steps);
        data.fill(device, static_cast<std::uint32_t>(step), *p->x);
        run.differentiate();
        const bool stopped = options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
        if (step % every == 0 || step + 1 == options.steps || stopped) {
            const auto values = run.objective().values();
            const double total = total_of(values, result.coefficients, result.terms, step);
            result.history.push_back({step, rate, total, {values.begin(), values.end()}});
            const progress record{step + 1, options.steps, rate, seconds(), total, names, values};
            (notify(observers, record, snapshot), ...);
        }
        if (stopped) break;
        run.update(rate, step);
        result.completed_steps = step + 1;
    }
    snapshot();
    return result;
}

}  // namespace detail

/// Learns C components of rank at most Rank that sum to the weights of `target`.
///
/// Observers are called with a `progress` record every `log_every` steps and after the last (see `observer`).
/// Errors: `apd::error` if the target holds NaN, a term becomes NaN or infinite (found when it is recorded), k exceeds
/// C, or the batch is 0.
///
/// Example: `auto result = apd::decompose<5>(device, target, data, objective, {.steps = 20'000}, apd::progress_bar());`
template <std::size_t C, std::size_t Rank = full_rank, backend Device, class Net, class T, data_source<Device, T> Data,
          class... Terms, class... Observers>
auto decompose(Device& device, const parameters<Net, T>& target, const Data& data, const objective<Terms...>& sum,
               const decompose_options& options = {}, Observers&&... observers) {
    if constexpr (detail::can_be_decomposed<Net, C, Rank, Data>())
        return detail::decompose<C, Rank>(device, target, data, sum, options, observers...);
}

}  // namespace apd
