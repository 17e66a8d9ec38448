#pragma once
// A decomposition under way: gradients and updates, one step after the other.

#include <memory>
#include <type_traits>
#include <utility>

#include <apd/component/unit_columns.hpp>
#include <apd/objective/step.hpp>
#include <apd/optimiser/adam.hpp>

namespace apd {

/// A decomposition step by step, for those who want to stand between the steps; `decompose` is a loop over it.
template <class Problem, class Objective>
class decomposition_run {
  public:
    decomposition_run(Problem& problem, const Objective& objective, column_norm columns)
        : problem_(problem),
          first_(problem.device),
          second_(problem.device),
          rates_(problem.device),
          objective_(problem, objective) {
        if (columns == column_norm::unit) columns_ = std::make_unique<unit_columns<Problem>>(problem);
    }
    /// Batch number `step` of some data, into `problem.x`; samples that are all zero are left out, where they change
    /// nothing.
    void fill(const auto& data, const auto& step) {
        problem_.fill(data, step);
        nonzero_first(problem_.device, problem_.x, problem_.number, objective_type::ignores_zeros);
    }
    /// Loss and gradients at the batch in `problem.x`.
    void differentiate() {
        if (columns_) columns_->normalise(problem_);
        objective_.evaluate();
        objective_.pullback();
        if (columns_) columns_->project_gradient(problem_);
    }
    /// Update number `problem.step` of the factors at the learning rate rate(step), then the next step.
    void update(const auto& rate) {
        auto& device = problem_.device;
        const auto step = *problem_.step;
        rates_.set(device, optimiser_, step, rate);
        factor_arrays::for_each([&](auto... arrays) { optimiser_(device, rates_, arrays...); }, problem_.factors,
                                problem_.gradients, first_, second_);
        device(step[""_i] += 1);
    }
    auto& objective() { return objective_; }

  private:
    using objective_type = objective_step<Problem, Objective>;
    using factor_arrays = std::decay_t<decltype(std::declval<Problem&>().factors)>;
    Problem& problem_;
    factor_arrays first_, second_;  // moments
    adam_rates<typename Problem::device_type, typename Problem::scalar> rates_;
    objective_type objective_;
    std::unique_ptr<unit_columns<Problem>> columns_;
    adam optimiser_;
};

}  // namespace apd
