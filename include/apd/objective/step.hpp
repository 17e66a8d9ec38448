#pragma once
// One step of an objective: the nodes it mentions, the values of its terms, and their gradients.

#include <array>
#include <cstddef>
#include <span>
#include <tuple>
#include <utility>

#include <apd/component/method_node.hpp>
#include <apd/objective/node_states.hpp>
#include <apd/objective/objective.hpp>

namespace apd {

/// The states of all nodes of an objective in one run.
///
/// Example: `objective_step run(problem, objective); run.evaluate(); run.pullback();` then the gradients of the factors
/// are in `problem.gradients`.
template <class Problem, class Objective>
class objective_step;

template <class Problem, class... Terms>
class objective_step<Problem, objective<Terms...>> : public node_states<Problem> {
  public:
    objective_step(Problem& p, const objective<Terms...>& sum) : node_states<Problem>(p), objective_(sum) {
        std::apply([&](const auto&... each) { (this->add(each.term), ...); }, sum.terms);
    }

    /// Whether rows of x that are all zero change nothing, whatever is learned.
    static constexpr bool unaffected_by_zero_rows =
        Problem::network_type::preserves_zero && (is_unaffected_by_zero_rows<Terms> && ...);

    /// A step begins, and every node is evaluated.
    void evaluate() {
        this->problem.begin_step();
        node_states<Problem>::evaluate();
    }
    void pullback() {
        node_states<Problem>& step = *this;
        std::apply([&](const auto&... each) { (step(each.term).pullback(step, each.weight), ...); }, objective_.terms);
        this->pull_back_nodes();
    }
    /// The value of every term, without its coefficient, in the order of the objective.
    std::array<double, sizeof...(Terms)> values() {
        std::array<double, sizeof...(Terms)> list{};
        std::size_t next = 0;
        std::apply([&](const auto&... each) { ((list[next++] = value_of(each.term)), ...); }, objective_.terms);
        return list;
    }

  private:
    template <class Term>
    double value_of(const Term& term) {
        node_states<Problem>& step = *this;
        auto& state = step(term);
        state.measure(step);
        typename Problem::scalar host{};
        step.problem.device.download(state.value(), std::span(&host, 1));
        return static_cast<double>(host);
    }

    objective<Terms...> objective_;
};

template <class Problem, class... Terms>
objective_step(Problem&, const objective<Terms...>&) -> objective_step<Problem, objective<Terms...>>;

}  // namespace apd
