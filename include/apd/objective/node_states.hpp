#pragma once
// Nodes in a run: each is evaluated once a step, in order; those that losses depend on are pulled back in the opposite
// order.

#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/attribution/attribution_node.hpp>
#include <apd/component/batch_rows.hpp>
#include <apd/component/method_node.hpp>
#include <apd/core/error.hpp>
#include <apd/loss/loss_term.hpp>

namespace apd::ext {

namespace detail {
template <class State, class Step>
concept has_pullback = requires(State& state, Step& step) {
    state.pullback(step);
};
template <class State, class Step>
concept has_evaluate = requires(State& state, Step& step) {
    state.evaluate(step);
};
template <class State, class Step>
concept has_update_of_node = requires(State& state, Step& step) {
    state.update(step);
};
template <class State, class Step>
concept has_begin_piece = requires(State& state, Step& step) {
    state.begin_piece(step);
};
template <class State, class Step>
concept has_loss_members = requires(State& state, Step& step) {
    state.measure(step);
    state.pullback(step, 1.0);
    state.value();
};
template <class State>
concept has_value = requires(State& state) {
    state.value();
};
template <class Node, class Problem>
concept has_state = requires {
    typename Node::template state<Problem>;
};
// One sentence for what the state of a node lacks; whether it lacks nothing.
template <class Node, class Problem, class Step>
consteval bool has_whole_state() {
    static_assert(has_state<Node, Problem>, "apd: a node has no state<Problem>; see method_node.");
    if constexpr (!has_state<Node, Problem>) {
        return false;
    } else {
        using state = typename Node::template state<Problem>;
        constexpr bool is_made = std::is_constructible_v<state, const Node&, Problem&>;
        static_assert(is_made, "apd: the state of a node is not constructed from (node, problem); see method_node.");
        if constexpr (loss_term<Node>) {
            constexpr bool is_whole = has_loss_members<state, Step>;
            static_assert(
                is_whole,
                "apd: the state of a loss lacks measure(step), pullback(step, weight) or value(); see loss_term.");
            return is_made && is_whole;
        } else {
            constexpr bool is_whole = has_evaluate<state, Step>;
            static_assert(is_whole, "apd: the state of a node has no evaluate(step); see method_node.");
            constexpr bool has_scores = !attribution_node<Node> || has_value<state>;
            static_assert(has_scores, "apd: the state of an attribution has no value(), [B, C]; see attribution_node.");
            return is_made && is_whole && has_scores;
        }
    }
}
}  // namespace detail

/// The states of nodes in one run, each after those it depends on.
///
/// It is what nodes see as `step`. It knows the problem, and only at run time which nodes there are: a node is compiled
/// once for a problem, in however many objectives and questions it stands. Gradients come from loss terms, and go on to
/// what they depend on through nodes with a `pullback(step)`, which is compiled for no others.
///
/// Example: `node_states<decltype(problem)> run(problem); run.add(active); run.evaluate();` then `run(active).pairs()`.
template <class Problem>
class node_states {
  public:
    explicit node_states(Problem& p) : problem(p) { p.begin_method(); }
    node_states(const node_states&) = delete;
    node_states& operator=(const node_states&) = delete;

    Problem& problem;

    /// A node, unless it or an equal one is there; what it depends on first. From a loss term on, what it is
    /// differentiated through is pulled back.
    template <method_node Node>
    void add(const Node& node) {
        add_checked<loss_term<Node>>(node);
    }
    /// The state of a node. Errors: `apd::error` if it is none of those added.
    template <method_node Node>
    [[gnu::noinline]] auto& operator()(const Node& node) {
        auto* const found = find(node);
        if (found == nullptr)
            throw error("objective", "a node was asked for that nothing depends on", "name it in dependencies()");
        return found->state;
    }

    void evaluate() {
        for (auto& each : entries_) each->evaluate(*this);
    }

    /// The step ends: what outlives it may change, where a node says so.
    void update_nodes() {
        for (auto& each : entries_) each->update(*this);
    }

  protected:
    /// From now on losses are of these rows.
    void begin_piece(row_piece rows) {
        problem.piece = rows;
        for (auto& each : entries_) each->begin_piece(*this);
    }
    void pull_back_nodes() {
        for (std::size_t i = entries_.size(); i-- > 0;)
            if (auto& each = *entries_[i]; each.pullback != nullptr) each.pullback(each, *this);
    }

  private:
    struct entry {
        const void* type;
        void (*pullback)(entry& node,
                         node_states& step) = nullptr;  // null unless a loss is differentiated through the node
        explicit entry(const void* type_of_node) : type(type_of_node) {}
        virtual ~entry() = default;
        virtual void evaluate(node_states& step) = 0;
        virtual void begin_piece(node_states& step) = 0;
        virtual void update(node_states& step) = 0;
    };
    // Its address is the type, at run time. Not constant, so that no linker makes one of several.
    template <class Node>
    static inline char type_of{};
    template <class Node>
    struct entry_of final : entry {
        Node node;
        typename Node::template state<Problem> state;

        entry_of(const Node& n, Problem& p) : entry(&type_of<Node>), node(n), state(n, p) {}
        void evaluate([[maybe_unused]] node_states& step) override {
            if constexpr (detail::has_evaluate<typename Node::template state<Problem>, node_states>)
                state.evaluate(step);
        }
        void begin_piece([[maybe_unused]] node_states& step) override {
            if constexpr (detail::has_begin_piece<typename Node::template state<Problem>, node_states>)
                state.begin_piece(step);
        }
        void update([[maybe_unused]] node_states& step) override {
            if constexpr (detail::has_update_of_node<typename Node::template state<Problem>, node_states>)
                state.update(step);
        }
    };
    template <class Node>
    static void pull_back(entry& node, node_states& step) {
        static_cast<entry_of<Node>&>(node).state.pullback(step);
    }
    template <bool GetsGradient, class Node>
    void add_checked(const Node& node) {
        if constexpr (detail::has_whole_state<Node, Problem, node_states>()) add_node<GetsGradient>(node);
    }
    // `GetsGradient`: a loss depends on the node, and every node between them has a pullback.
    template <bool GetsGradient, class Node>
    void add_node(const Node& node) {
        constexpr bool has_pullback = detail::has_pullback<typename Node::template state<Problem>, node_states>;
        constexpr bool gives_gradient = GetsGradient && (loss_term<Node> || has_pullback);
        entry* found = find(node);
        if (found != nullptr && (!gives_gradient || found->pullback != nullptr)) return;
        std::apply([&](const auto&... before) { (add_checked<gives_gradient>(before), ...); }, node.dependencies());
        if (found == nullptr) {
            std::unique_ptr<entry> made(new entry_of<Node>(node, problem));
            found = made.get();
            entries_.push_back(std::move(made));
        }
        if constexpr (gives_gradient && !loss_term<Node>) found->pullback = &pull_back<Node>;
    }
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

}  // namespace apd::ext
