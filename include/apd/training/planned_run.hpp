#pragma once
// A plan under way: its batches, its steps, and what it has learned so far.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <apd/component/problem.hpp>
#include <apd/core/number_text.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/objective/objective.hpp>
#include <apd/optimiser/schedule.hpp>
#include <apd/training/decomposition.hpp>
#include <apd/training/decomposition_run.hpp>
#include <apd/training/plan.hpp>

namespace apd::detail {

/// One of the decompositions that are learned together.
template <std::size_t C, std::size_t Rank, class Device, class Net, class T, class Data, class... Terms>
class planned_run {
    using problem_type = problem<Device, T, Net, C, Rank>;
    using objective_type = objective<Terms...>;

  public:
    using result_type = decomposition<Net, C, Rank, T>;
    static constexpr std::array<std::string_view, sizeof...(Terms)> names{Terms::name...};
    /// Else the host gives every batch, and nothing that fills one can be repeated by a backend alone.
    static constexpr bool data_read_the_step = fills_on_device<Data>;

    template <class Start>
    planned_run(Device& device, const plan<Net, T, Data, objective_type, Start>& all)
        : plan_{all.target, all.data, all.objective, all.options},
          rates_(
              schedule{all.options.learning_rate, all.options.shape, all.options.warm_up, all.options.half_life}.over(
                  all.options.steps)),
          problem_(device, all.target, all.options.batch, all.options.seed) {
        result_.target = all.target;
        result_.learned = first_factors(all);
        result_.options = all.options;
        result_.gains = all.gains;
        result_.objective = all.objective.describe();
        result_.terms = {names.begin(), names.end()};
        std::apply([&](const auto&... each) { result_.coefficients = {each.weight...}; }, all.objective.terms);
        run_.emplace(problem_, all.objective, all.options.columns);
        result_.without_components = losses_of_nothing();
        problem_.factors.upload(device, result_.learned);
    }
    planned_run(const planned_run&) = delete;
    planned_run& operator=(const planned_run&) = delete;

    void fill([[maybe_unused]] std::size_t step) {
        if constexpr (!data_read_the_step) run_->fill(plan_.data, static_cast<std::uint32_t>(step));
    }
    // Not inlined, as sequences of steps call them in several places.
    [[gnu::noinline]] void differentiate() {
        if constexpr (data_read_the_step) run_->fill(plan_.data, step_number((*problem_.step).data));
        run_->differentiate();
    }
    [[gnu::noinline]] void update() { run_->update(rates_); }

    /// Puts the losses of the batch that was differentiated last into the history, if they are finite; from the first
    /// that isn't, the run has failed.
    void record(std::size_t step) {
        result_.completed_steps = step;
        const auto values = run_->objective().values();
        double total = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!std::isfinite(values[i]) && result_.failure.empty())
                result_.failure = "the term '" + result_.terms[i] + "' became " + number_text(values[i]) + " by step " +
                                  std::to_string(step);
            total += result_.coefficients[i] * values[i];
        }
        if (result_.failure.empty())
            result_.history.push_back(
                {step, rates_(static_cast<std::uint32_t>(step)), total, {values.begin(), values.end()}});
    }
    /// What has been learned so far.
    result_type& result_after(double seconds) {
        problem_.factors.download(problem_.device, result_.learned);
        result_.seconds = seconds;
        return result_;
    }
    result_type& result() { return result_; }

  private:
    // On the first batch.
    std::vector<double> losses_of_nothing() {
        problem_.factors.upload(problem_.device, {});
        run_->fill(plan_.data, std::uint32_t{0});
        run_->objective().evaluate();
        const auto values = run_->objective().values();
        return {values.begin(), values.end()};
    }
    template <class Start>
    static factors<Net, C, Rank, T> first_factors(const plan<Net, T, Data, objective_type, Start>& all) {
        if constexpr (std::is_same_v<Start, random_factors>)
            return factors<Net, C, Rank, T>::random(all.options.seed, all.options.initial_scale);
        else return all.start;
    }

    plan<Net, T, Data, objective_type> plan_;
    schedule::of_steps rates_;
    problem_type problem_;
    result_type result_;
    std::optional<decomposition_run<problem_type, objective_type>> run_;
};

}  // namespace apd::detail
