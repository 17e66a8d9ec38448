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
#include <apd/core/error.hpp>
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
        check_coefficients();
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

    /// The losses of the batch that was differentiated last, which go into the history if they are finite; from the
    /// first that isn't, the run has failed.
    history_entry record(std::size_t step) {
        result_.completed_steps = step;
        const auto values = run_->objective().values();
        history_entry now{step, rates_(static_cast<std::uint32_t>(step)), 0, {values.begin(), values.end()}};
        const auto check = [&](const std::string& what, double value) {
            if (!std::isfinite(value) && result_.failure.empty())
                result_.failure =
                    what + " became " + (std::isnan(value) ? "NaN" : "infinite") + " by step " + std::to_string(step);
        };
        for (std::size_t i = 0; i < values.size(); ++i) {
            check("the term '" + result_.terms[i] + "'", values[i]);
            now.total += result_.coefficients[i] * values[i];
        }
        check("the sum of the terms", now.total);
        if (result_.failure.empty()) result_.history.push_back(now);
        return now;
    }
    /// What has been learned so far.
    result_type& result_after(double seconds) {
        problem_.factors.download(problem_.device, result_.learned);
        result_.seconds = seconds;
        return result_;
    }
    /// The same after the last step; an update that no record has seen may have broken it.
    result_type& end(std::size_t completed, double seconds) {
        result_after(seconds);
        if (result_.failure.empty()) {
            result_.completed_steps = completed;
            try {
                result_.learned.check_finite("decompose");
            } catch (const error&) {
                result_.failure = "a factor became NaN or infinite by step " + std::to_string(completed);
            }
        }
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
    void check_coefficients() const {
        for (std::size_t i = 0; i < result_.terms.size(); ++i)
            if (!std::isfinite(result_.coefficients[i]))
                throw error("decompose", "the coefficient of '" + result_.terms[i] + "' is NaN or infinite",
                            "give a finite number");
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
