#pragma once
// One step of an objective: the nodes it mentions, the values of its terms, and their gradients.

#include <array>
#include <cstddef>
#include <span>
#include <tuple>
#include <utility>

#include <apd/objective/node_states.hpp>
#include <apd/objective/objective.hpp>

namespace apd {

namespace detail {
// Whether a node and all it depends on ignore samples of zeros.
template <class Node>
consteval bool all_ignore_zeros();
template <class... Nodes>
consteval bool all_ignore_zeros(std::tuple<Nodes...>*) {
    return (all_ignore_zeros<Nodes>() && ...);
}
template <class Node>
consteval bool all_ignore_zeros() {
    using before = decltype(std::declval<const Node&>().dependencies());
    return apd::ignores_zeros<Node> && all_ignore_zeros(static_cast<before*>(nullptr));
}
}  // namespace detail

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

    /// Whether samples that are all zero change nothing, whatever the factors.
    static constexpr bool ignores_zeros =
        Problem::network_type::keeps_zeros && (detail::all_ignore_zeros<Terms>() && ...);

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
