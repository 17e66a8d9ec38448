#pragma once
// One step of an objective: every node it mentions is evaluated once, in order, and pulled back in the opposite order.

#include <array>
#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/hana/append.hpp>
#include <boost/hana/contains.hpp>
#include <boost/hana/fold_left.hpp>
#include <boost/hana/integral_constant.hpp>
#include <boost/hana/length.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <apd/component/problem.hpp>
#include <apd/objective/objective.hpp>

namespace apd {

namespace detail {

namespace hana = boost::hana;

// Appends a node's dependencies, then the node, to a list of types without repetition: a topological order.
template <class Node>
constexpr auto append_node(auto list) {
    constexpr auto known = decltype(hana::contains(list, hana::type_c<Node>)){};
    if constexpr (decltype(known)::value) {
        return list;
    } else {
        using dependencies = decltype(std::declval<const Node&>().dependencies());
        auto before = []<class... D>(auto seen, std::tuple<D...>*) {
            return hana::fold_left(hana::tuple_t<D...>, seen,
                                   [](auto l, auto d) { return append_node<typename decltype(d)::type>(l); });
        }(list, static_cast<dependencies*>(nullptr));
        return hana::append(before, hana::type_c<Node>);
    }
}

template <class Problem, class Node>
struct node_entry {
    node_entry(const Node& n, Problem& p) : node(n), state(n, p) {}
    Node node;
    typename Node::template state<Problem> state;
};

}  // namespace detail

/// The states of all nodes of an objective in one run.
///
/// Example: `objective_step run(problem, objective); run.evaluate(); run.pullback();` then the gradients of the factors
/// are in `problem.gradients`.
template <class Problem, class Objective>
class objective_step;

template <class Problem, class... Terms>
class objective_step<Problem, objective<Terms...>> {
    static constexpr auto order = [] {
        return detail::hana::fold_left(
            detail::hana::tuple_t<Terms...>, detail::hana::tuple_t<>,
            [](auto list, auto term) { return detail::append_node<typename decltype(term)::type>(list); });
    }();
    static constexpr std::size_t count = decltype(detail::hana::length(order))::value;
    template <std::size_t I>
    using node_at = typename std::decay_t<decltype(order[detail::hana::size_c<I>])>::type;
    template <std::size_t... I>
    static constexpr bool all_ignore_zeros(std::index_sequence<I...>) {
        return (apd::ignores_zeros<node_at<I>> && ...);
    }
    template <std::size_t I>
    using entries_at = std::vector<std::unique_ptr<detail::node_entry<Problem, node_at<I>>>>;

  public:
    objective_step(Problem& p, const objective<Terms...>& sum) : problem(p), objective_(sum) {
        std::apply([&](const auto&... each) { (add(each.term), ...); }, sum.terms);
    }
    objective_step(const objective_step&) = delete;
    objective_step& operator=(const objective_step&) = delete;

    Problem& problem;
    /// Whether samples that are all zero change nothing, whatever the factors.
    static constexpr bool ignores_zeros =
        Problem::network_type::keeps_zeros && all_ignore_zeros(std::make_index_sequence<count>{});

    /// The state of a node of the objective.
    template <class Node>
    auto& operator()(const Node& node) {
        for (auto& entry : entries<Node>())
            if (entry->node == node) return entry->state;
        throw error("objective", "a node was asked for that no term depends on", "name it in dependencies()");
    }

    void evaluate() {
        repeat<count>([&](auto i) {
            if constexpr (!loss_term<node_at<i>>)
                for (auto& entry : std::get<i>(entries_)) entry->state.evaluate(*this);
        });
    }
    void pullback() {
        auto& step = *this;
        std::apply([&](const auto&... each) { (step(each.term).pullback(step, each.weight), ...); }, objective_.terms);
        repeat<count>([&](auto back) {
            constexpr std::size_t i = count - 1 - back;
            if constexpr (!loss_term<node_at<i>>)
                for (auto& entry : std::get<i>(entries_))
                    if constexpr (requires { entry->state.pullback(step); }) entry->state.pullback(step);
        });
    }
    /// The value of every term, without its coefficient, in the order of the objective.
    std::array<double, sizeof...(Terms)> values() {
        std::array<double, sizeof...(Terms)> list{};
        std::size_t next = 0;
        std::apply([&](const auto&... each) { ((list[next++] = value_of(each.term)), ...); }, objective_.terms);
        return list;
    }

  private:
    template <class Node>
    auto& entries() {
        constexpr std::size_t i = [] {
            std::size_t found = count;
            repeat<count>([&](auto j) {
                if (std::is_same_v<node_at<j>, Node>) found = j;
            });
            return found;
        }();
        static_assert(i < count, "apd: a node is used that is not among the dependencies() of any term.");
        return std::get<i>(entries_);
    }
    template <class Node>
    void add(const Node& node) {
        std::apply([&](const auto&... before) { (add(before), ...); }, node.dependencies());
        auto& list = entries<Node>();
        for (auto& entry : list)
            if (entry->node == node) return;
        list.push_back(std::make_unique<detail::node_entry<Problem, Node>>(node, problem));
    }
    template <class Term>
    double value_of(const Term& term) {
        auto& state = (*this)(term);
        state.measure(*this);
        typename Problem::scalar host{};
        problem.device.download(state.value(), std::span(&host, 1));
        return static_cast<double>(host);
    }

    objective<Terms...> objective_;
    typename detail::tuple_over<entries_at, std::make_index_sequence<count>>::type entries_;
};

template <class Problem, class... Terms>
objective_step(Problem&, const objective<Terms...>&) -> objective_step<Problem, objective<Terms...>>;

}  // namespace apd
