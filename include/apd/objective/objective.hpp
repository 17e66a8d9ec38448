#pragma once
// An objective is a weighted sum of losses, written as one: faithfulness() + 0.7 * simplicity(mask, schatten(1)).

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <apd/component/method_node.hpp>
#include <apd/core/describe.hpp>
#include <apd/loss/annealed.hpp>
#include <apd/loss/loss_term.hpp>
#include <apd/loss/scheduled_loss.hpp>

namespace apd::ext {

/// A loss and its coefficient.
template <loss_term Term>
struct weighted_loss {
    double weight;
    Term term;
};

/// Σ weight·term; coefficients are run-time numbers, or `annealed` ones, the structure is the type.
template <loss_term... Terms>
struct objective {
    std::tuple<weighted_loss<Terms>...> terms;
    static constexpr std::size_t size = sizeof...(Terms);
    static constexpr std::array<std::string_view, sizeof...(Terms)> names{Terms::name...};

    /// "1 * faithfulness() + 0.7 * …"
    std::string describe() const {
        std::vector<double> weights;
        std::vector<std::string> texts;
        const auto add = [&](const auto& each) {
            weights.push_back(each.weight);
            texts.push_back(apd::describe(each.term));
        };
        std::apply([&](const auto&... each) { (add(each), ...); }, terms);
        return detail::sum_text(weights, texts);
    }
};

namespace detail {
template <loss_term Term>
constexpr auto as_objective(const Term& term) {
    return objective<Term>{{weighted_loss<Term>{1.0, term}}};
}
template <class... Terms>
constexpr auto as_objective(const objective<Terms...>& sum) {
    return sum;
}
template <class T>
concept objective_part = requires(const T& part) {
    as_objective(part);
};
// A node that is no loss, such as a mask.
template <class Node>
concept not_a_loss = method_node<Node> && !objective_part<Node>;
template <class... Parts>
inline constexpr bool are_losses = (objective_part<Parts> && ...);
}  // namespace detail

template <class Number, detail::objective_part Part>
    requires std::is_arithmetic_v<Number>
constexpr auto operator*(Number weight, const Part& part) {
    auto scaled = detail::as_objective(part);
    std::apply([&](auto&... each) { ((each.weight *= static_cast<double>(weight)), ...); }, scaled.terms);
    return scaled;
}
/// A coefficient that changes along a run.
template <detail::objective_part Part>
constexpr auto operator*(annealed coefficient, const Part& part) {
    const auto sum = detail::as_objective(part);
    return std::apply(
        [&]<class... Terms>(const weighted_loss<Terms>&... each) {
            return objective<scheduled_loss<Terms>...>{
                {weighted_loss<scheduled_loss<Terms>>{each.weight, scheduled_loss<Terms>(each.term, coefficient)}...}};
        },
        sum.terms);
}
template <detail::objective_part A, detail::objective_part B>
constexpr auto operator+(const A& a, const B& b) {
    return []<class... S, class... T>(const objective<S...>& left, const objective<T...>& right) {
        return objective<S..., T...>{std::tuple_cat(left.terms, right.terms)};
    }(detail::as_objective(a), detail::as_objective(b));
}

// Wrong calls that lie near: `2 * mask`, `faithfulness() + mask`.
template <class Number, detail::not_a_loss Node>
    requires(std::is_arithmetic_v<Number> || std::is_same_v<Number, annealed>)
constexpr auto operator*(Number, const Node&) {
    static_assert(detail::are_losses<Node>,
                  "apd: only losses have coefficients; give the mask to one, as in 2 * minimality(mask).");
    return objective<>{};
}
template <class A, class B>
    requires(detail::not_a_loss<A> && (detail::not_a_loss<B> || detail::objective_part<B>))
|| (detail::objective_part<A> && detail::not_a_loss<B>)constexpr auto operator+(const A&, const B&) {
    static_assert(detail::are_losses<A, B>,
                  "apd: only losses are added to an objective; give the mask to one, as in minimality(mask).");
    return objective<>{};
}

}  // namespace apd::ext
