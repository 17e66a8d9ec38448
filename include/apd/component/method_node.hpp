#pragma once
// The concept `method_node`: something computed once a step, from other nodes, whoever uses it.

#include <concepts>
#include <tuple>
#include <utility>

namespace apd::ext {

/// Concept: a node of a method.
///
/// A node is a small regular value (its parameters, such as k). Minimal definition:
/// * `dependencies()`: a tuple of the nodes it reads;
/// * `state<Problem>`, constructed from (node, problem): its arrays, with `evaluate(step)`, and `pullback(step)` if
///   something is differentiated through it. `step(node)` is the state of another node, `step.problem` the run.
///
/// Optional: `describe()`, the node as its user wrote it (see `describe_call`); `unaffected_by_zero_rows`, true if rows
/// of x that are all zero change nothing in it, in a network that keeps zeros: a step may leave them out then. What a
/// node computes, it computes for the rows that are there, `problem.rows.present`; means divide by
/// `problem.rows.nominal`; arrays are made for `problem.rows.capacity`. `weighs_rows`, true of what rows of zeros do
/// change, but all of them alike: what it adds up over rows it multiplies by `problem.weight` [B], so that one may
/// stand for all. `keeps_rows`, true of what remembers something of every row: a step lays none of them elsewhere.
///
/// What a node doesn't name among its dependencies it may not ask for: that is an error when it does, not when it is
/// compiled. `pullback` is compiled, and called, where a loss term depends on the node, and every node between them has
/// a pullback too; what is added to the gradient of any other node is lost.
///
/// Gradients have one rule. Whoever owns an array owns its gradient, and sets it to zero before anything is added: the
/// registry of what is learned when a step begins (`problem::begin_step`), a node in its evaluate. Everyone else adds,
/// in pullback, to what it names in `dependencies()`. A node reads its own gradient in its pullback, after all that
/// depend on it have added. Of a large array, the owner may hand out a `shared_gradient`, which the first to add
/// writes: its evaluate says that nobody has. Losses may go on from one piece of the rows to the next (see
/// `loss_term`), and what they read be that of `problem.piece`: then its `begin_piece(step)` says so of the piece.
///
/// Optional, in the state: `update(step)`, called after the gradients are there and before what is learned follows
/// them: the one place where what outlives a step may change. It is saved with a run that is to go on if the node asks
/// for it by `problem.parts.keep`. The state of a loss may have an `evaluate(step)` too.
///
/// Laws: evaluate, pullback and measure change nothing that outlives a step; equal nodes have one state; evaluate runs
/// after that of the dependencies, pullback before; both ask the backend for the same work in every step, so that it
/// can be recorded: what changes with the step is computed from `problem.step`, in the backend's memory. Models:
/// components, target_pass, unmasked_pass, masked_pass, the attributions and the masks.
template <class N>
concept method_node = std::equality_comparable<N> && requires(const N& node) {
    node.dependencies();
};

namespace detail {
template <class Node>
consteval bool is_unaffected_by_zero_rows();
template <class... Nodes>
consteval bool are_unaffected_by_zero_rows(std::tuple<Nodes...>*) {
    return (is_unaffected_by_zero_rows<Nodes>() && ...);
}
template <class Node>
consteval bool is_unaffected_by_zero_rows() {
    if constexpr (!requires { Node::unaffected_by_zero_rows; }) {
        return false;
    } else if constexpr (method_node<Node>) {
        using before = decltype(std::declval<const Node&>().dependencies());
        return Node::unaffected_by_zero_rows && are_unaffected_by_zero_rows(static_cast<before*>(nullptr));
    } else {
        return Node::unaffected_by_zero_rows;
    }
}

template <class Node>
consteval bool weighs_rows();
template <class... Nodes>
consteval bool all_weigh_rows(std::tuple<Nodes...>*) {
    return (weighs_rows<Nodes>() && ...);
}
template <class Node>
consteval bool weighs_rows() {
    using before = decltype(std::declval<const Node&>().dependencies());
    bool alike = false;
    if constexpr (requires { Node::unaffected_by_zero_rows; }) alike = Node::unaffected_by_zero_rows;
    if constexpr (requires { Node::weighs_rows; }) alike = alike || Node::weighs_rows;
    return alike && all_weigh_rows(static_cast<before*>(nullptr));
}
template <class Node>
consteval bool keeps_rows() {
    if constexpr (requires { Node::keeps_rows; }) return Node::keeps_rows;
    else return false;
}
}  // namespace detail

/// What a step may do with rows of x that are all zero.
enum class zero_rows {
    stay,     ///< nothing, and all rows lie where they are
    go_last,  ///< they lie behind the others
    are_one,  ///< one of them stands for all
    go        ///< they are left out
};

/// Whether a node, with all it depends on, or a part of one says that it is `unaffected_by_zero_rows`.
template <class Node>
inline constexpr bool is_unaffected_by_zero_rows = detail::is_unaffected_by_zero_rows<Node>();

}  // namespace apd::ext
