#pragma once
// A plan under way: its batches, its steps, and what it has learned so far.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/component/problem.hpp>
#include <apd/core/error.hpp>
#include <apd/data/data_source.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/objective/objective.hpp>
#include <apd/optimiser/adam.hpp>
#include <apd/optimiser/schedule.hpp>
#include <apd/training/decomposition.hpp>
#include <apd/training/decomposition_run.hpp>
#include <apd/training/moments.hpp>
#include <apd/training/plan.hpp>
#include <apd/training/resume.hpp>
#include <apd/training/run_record.hpp>

namespace apd::ext::detail {

/// One of the decompositions that are learned together.
template <decomposition_shape Shape, class Device, class Plan>
class planned_run {
    using Net = typename parts_of_plan<Plan>::network_type;
    using T = typename parts_of_plan<Plan>::scalar;
    using Data = typename parts_of_plan<Plan>::data_type;
    using objective_type = typename parts_of_plan<Plan>::objective_type;
    using problem_type = problem<Device, T, Net, Shape>;
    using factors_type = factors<Net, Shape, T>;

  public:
    using result_type = decomposition<Net, Shape, T>;
    static constexpr auto names = objective_type::names;
    /// Else the host gives every batch, and nothing that fills one can be repeated by a backend alone.
    static constexpr bool data_read_the_step = fills_on_device<Data>;

    planned_run(Device& device, const Plan& plan)
        : data_(plan.data),
          rates_(plan.options.learning_rates()),
          problem_(device, plan.target, rows_of_slice(plan.options.batch, team_of(device)), plan.options.seed) {
        result_.target = plan.target;
        result_.learned.left = {}, result_.learned.right = {};  // while it goes on they are in the backend's memory
        result_.options = plan.options;
        result_.optimiser = plan.optimiser.describe();
        result_.gains = plan.gains;
        result_.objective = plan.objective.describe();
        result_.terms = {names.begin(), names.end()};
        std::apply([&](const auto&... each) { result_.coefficients = {each.weight...}; }, plan.objective.terms);
        check_coefficients(result_);
        // Made first, it learns the factors alone.
        std::optional<decomposition_run<problem_type, objective<faithfulness_loss<false>>>> faithful;
        if (plan.options.faithful.steps > 0)
            faithful.emplace(problem_, 1.0 * faithfulness(), plan.options.columns,
                             adam{.weight_decay = plan.options.faithful.weight_decay});
        run_.emplace(problem_, plan.objective, plan.options.columns, plan.optimiser, plan.options.limits);
        result_.without_components = losses_of_nothing();
        if constexpr (plan_with_factors<Plan>) problem_.factors.upload(device, plan.start);
        else problem_.factors.upload_random(device, plan.options.seed, plan.options.initial_scale);
        if (faithful) start_faithfully(*faithful, plan.options.faithful);
    }
    planned_run(const planned_run&) = delete;
    planned_run& operator=(const planned_run&) = delete;

    void fill([[maybe_unused]] std::size_t step) {
        if constexpr (!data_read_the_step) run_->fill(data_, static_cast<std::uint32_t>(step));
    }
    // Not inlined, as sequences of steps call them in several places.
    [[gnu::noinline]] void differentiate() {
        if constexpr (data_read_the_step) run_->fill(data_, step_number((*problem_.step).data));
        run_->differentiate();
    }
    [[gnu::noinline]] void update() { run_->update(rates_); }

    /// The losses of the batch that was differentiated last, which go into the history if they are finite; from the
    /// first that isn't, the run has failed.
    history_entry record(std::size_t step) {
        const auto values = run_->objective().values();
        return add_to_history(result_, step, rates_(static_cast<std::uint32_t>(step)), {values.begin(), values.end()});
    }
    /// What has been learned so far.
    result_type& result_after(double seconds) {
        result_.learned = factors_type();
        problem_.factors.download(problem_.device, result_.learned);
        result_.other_parts = problem_.parts.download(decltype(problem_.factors)::parts);
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

    /// All that `go_on_from` needs to do the steps from the one that was recorded last, with `decomposition::from`.
    /// It copies nothing: the file is written from the memory of the run, which stands still meanwhile.
    tensors to_resume(double) {
        tensors state = result_.target.to_tensors("target.");
        std::size_t number = 0;
        for (const auto& part : problem_.parts) {
            const bool is_factor = number++ < decltype(problem_.factors)::parts;
            write_later(state, (is_factor ? "" : "part.") + part.name, part.shape, problem_.device, part.value);
        }
        write_moments(state, problem_.device, run_->optimiser());
        write_kept(state, problem_.device, problem_.parts);
        write_record(result_, state);
        return state;
    }
    /// Errors: `apd::error` if it is of another run, which is named.
    void go_on_from(const saved_run& file) {
        const auto of_file = record_to_go_on_with(file.state);
        check_same_run(of_file, result_, file);
        result_type saved;
        try {
            saved = result_type::from(file.state);
            read_moments(file.state, problem_.device, run_->optimiser());
            read_kept(file.state, problem_.device, problem_.parts);
        } catch (const error& difference) {
            refuse_to_go_on(file, "it does not fit: " + std::string(difference.what()));
        }
        for (std::size_t p = 0; p < Net::parametrised.size(); ++p)
            if (!std::ranges::equal(saved.target.at(p), result_.target.at(p)))
                refuse_to_go_on(file, "its target has another '" + std::string(Net::parameter_names[p]) + "'");
        check_same_data(of_file, result_, file);
        problem_.factors.upload(problem_.device, saved.learned);
        check_parts(saved.other_parts, file);
        problem_.parts.restore(saved.other_parts);
        result_.history = of_file.history;
        result_.completed_steps = of_file.completed_steps;
        const auto step = static_cast<std::uint32_t>(of_file.completed_steps);
        problem_.device.upload(std::span(&step, 1), *problem_.step);
    }

  private:
    // Whether nodes have learned arrays of the same names and shapes, and the numbers are of the same scalar.
    void check_parts(const std::vector<named_numbers<T>>& saved, const saved_run& file) const {
        const auto own = problem_.parts.download(decltype(problem_.factors)::parts);
        const auto alike = [](const auto& a, const auto& b) { return a.name == b.name && a.shape == b.shape; };
        if (!std::ranges::is_permutation(own, saved, alike))
            refuse_to_go_on(file, "the parts of its method learn other arrays");
        if (file.state.dtype("U." + std::string(Net::site_names[0])) != dtype_of<T>)
            refuse_to_go_on(file, "its numbers have another precision");
    }
    void start_faithfully(auto& run, const faithful_start& how) {
        for (std::size_t step = 0; step < how.steps; ++step) {
            run.differentiate();
            run.update(schedule{.learning_rate = how.learning_rate}.over(how.steps));
        }
        const std::uint32_t first = 0;
        problem_.device.upload(std::span(&first, 1), *problem_.step);
    }
    // On the first batch; nothing has been uploaded yet.
    std::vector<double> losses_of_nothing() {
        run_->fill(data_, std::uint32_t{0});
        run_->objective().evaluate();
        const auto values = run_->objective().values();
        return {values.begin(), values.end()};
    }
    Data data_;
    schedule::of_steps rates_;
    problem_type problem_;
    result_type result_;
    std::optional<decomposition_run<problem_type, objective_type, typename parts_of_plan<Plan>::optimiser_type>> run_;
};

}  // namespace apd::ext::detail
