#pragma once
// One step of a method: every node it mentions is evaluated once, in order, and pulled back in the opposite order.

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <apd/component/problem.hpp>
#include <apd/core/error.hpp>
#include <apd/objective/objective.hpp>

namespace apd {

/// The states of nodes in one run, each after those it depends on.
///
/// It is what nodes see as `step`. It knows the problem, and only at run time which nodes there are: a node is compiled
/// once for a problem, in however many objectives and questions it stands.
///
/// Example: `node_states<decltype(problem)> run(problem); run.add(active); run.evaluate();` then `run(active).pairs()`.
template <class Problem>
class node_states {
  public:
    explicit node_states(Problem& p) : problem(p) {}
    node_states(const node_states&) = delete;
    node_states& operator=(const node_states&) = delete;

    Problem& problem;

    /// A node, unless it or an equal one is there; what it depends on first.
    template <class Node>
    void add(const Node& node) {
        if (find(node) != nullptr) return;
        std::apply([&](const auto&... before) { (add(before), ...); }, node.dependencies());
        entries_.push_back(std::make_unique<entry_of<Node>>(node, problem));
    }
    /// The state of a node. Errors: `apd::error` if it is none of those added.
    template <class Node>
    [[gnu::noinline]] auto& operator()(const Node& node) {
        auto* const found = find(node);
        if (found == nullptr)
            throw error("objective", "a node was asked for that no term depends on", "name it in dependencies()");
        return found->state;
    }

    void evaluate() {
        for (auto& each : entries_) each->evaluate(*this);
    }

  protected:
    void pull_back_nodes() {
        for (std::size_t i = entries_.size(); i-- > 0;) entries_[i]->pullback(*this);
    }

  private:
    struct entry {
        const void* type;
        explicit entry(const void* type_of_node) : type(type_of_node) {}
        virtual ~entry() = default;
        virtual void evaluate(node_states& step) = 0;
        virtual void pullback(node_states& step) = 0;
    };
    // Its address is the type, at run time.
    template <class Node>
    static constexpr char type_of{};
    template <class Node>
    struct entry_of final : entry {
        Node node;
        typename Node::template state<Problem> state;

        entry_of(const Node& n, Problem& p) : entry(&type_of<Node>), node(n), state(n, p) {}
        void evaluate([[maybe_unused]] node_states& step) override {
            if constexpr (!loss_term<Node>) state.evaluate(step);
        }
        void pullback([[maybe_unused]] node_states& step) override {
            if constexpr (!loss_term<Node>)
                if constexpr (requires { state.pullback(step); }) state.pullback(step);
        }
    };
    template <class Node>
    entry_of<Node>* find(const Node& node) const {
        for (const auto& each : entries_) {
            if (each->type != &type_of<Node>) continue;
            auto& found = static_cast<entry_of<Node>&>(*each);
            if (found.node == node) return &found;
        }
        return nullptr;
    }

    std::vector<std::unique_ptr<entry>> entries_;
};

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
