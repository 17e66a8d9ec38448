#pragma once
// A decomposition under way: gradients and updates, one step after the other.

#include <memory>

#include <apd/component/problem.hpp>
#include <apd/component/unit_columns.hpp>
#include <apd/objective/step.hpp>
#include <apd/optimiser/adam.hpp>
#include <apd/optimiser/gradient_limits.hpp>
#include <apd/optimiser/optimiser.hpp>

namespace apd::ext {

/// A decomposition step by step, for those who want to stand between the steps; `decompose` is a loop over it.
template <class Problem, class Objective, optimiser Optimiser = adam>
class decomposition_run {
    using objective_type = objective_step<Problem, Objective>;

  public:
    decomposition_run(Problem& problem, const Objective& objective, column_norm columns, const Optimiser& how = {},
                      const gradient_limits& limits = {})
        : problem_(problem),
          objective_(problem, objective),
          optimiser_(problem.device, how, problem.parts),
          limits_(limits),
          limiter_(problem.device) {
        if (columns == column_norm::unit) columns_ = std::make_unique<unit_columns<Problem>>(problem);
    }
    /// Batch number `step` of some data, into `problem.x`; rows that are all zero are left out where they change
    /// nothing, or one stands for all where they change the same.
    void fill(const auto& data, const auto& step) {
        problem_.fill(data, step);
        problem_.sort_rows(objective_type::rows_of_zeros);
    }
    /// Loss and gradients at the batch in `problem.x`.
    void differentiate() {
        if (columns_) columns_->normalise(problem_);
        objective_.evaluate();
        objective_.pullback();
        for (const auto& part : problem_.parts) problem_.add_up(part.gradient);
        if (columns_) columns_->project_gradient(problem_);
    }
    /// Update number `problem.step` of all that is learned at the learning rate rate(step), then the next step.
    void update(const auto& rate) {
        const auto step = *problem_.step;
        objective_.update_nodes();
        constexpr std::size_t factors = decltype(problem_.factors)::parts;
        limiter_.limit(problem_.device, problem_.parts, 0, factors, limits_.factors);
        limiter_.limit(problem_.device, problem_.parts, factors, problem_.parts.size(), limits_.others);
        optimiser_.update(step, rate);
        problem_.device(step[""_i] += 1);
    }
    auto& objective() { return objective_; }
    auto& optimiser() { return optimiser_; }

  private:
    Problem& problem_;
    objective_type objective_;  // its nodes say what is learned, which the optimiser has moments for
    optimiser_run<typename Problem::device_type, typename Problem::scalar, Optimiser> optimiser_;
    gradient_limits limits_;
    gradient_limiter<typename Problem::device_type, typename Problem::scalar> limiter_;
    std::unique_ptr<unit_columns<Problem>> columns_;
};

}  // namespace apd::ext
