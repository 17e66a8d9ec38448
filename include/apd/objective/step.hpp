#pragma once
// One step of an objective: the nodes it mentions, the values of its terms, and their gradients.

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <apd/backend/team.hpp>
#include <apd/component/components.hpp>
#include <apd/component/method_node.hpp>
#include <apd/core/error.hpp>
#include <apd/objective/node_states.hpp>
#include <apd/objective/objective.hpp>

namespace apd::ext {

namespace detail {
// Whether a loss says that it is the same whatever the rows are.
template <class Term>
inline constexpr bool is_of_weights = [] {
    if constexpr (requires { Term::is_of_weights; }) return Term::is_of_weights;
    else return false;
}();
template <class Nodes>
inline constexpr bool are_components = false;
template <class... Nodes>
inline constexpr bool are_components<std::tuple<Nodes...>> = (std::is_same_v<Nodes, components> && ...);
// A loss that names no node of rows may still read the rows: it has to say so before batches are cut.
template <class Term>
void check_slices(const team* together) {
    if constexpr (!requires { Term::is_of_weights; } &&
                  are_components<decltype(std::declval<const Term&>().dependencies())>)
        if (together != nullptr)
            throw error("slices", "the loss '" + std::string(Term::name) + "' does not say whether it is of rows",
                        "give it a static constexpr bool is_of_weights: true if it is the same whatever the rows are");
}
}  // namespace detail

/// The states of all nodes of an objective in one run. Where a team takes the step, values are those of the whole
/// batch, and the gradients those of this slice, which it adds up; a loss that depends on components alone is that of
/// the first.
///
/// Example: `objective_step run(problem, objective); run.evaluate(); run.pullback();` then the gradients of the factors
/// are in `problem.gradients`.
template <class Problem, class Objective>
class objective_step;

template <class Problem, class... Terms>
class objective_step<Problem, objective<Terms...>> : public node_states<Problem> {
  public:
    objective_step(Problem& p, const objective<Terms...>& sum) : node_states<Problem>(p), objective_(sum) {
        (detail::check_slices<Terms>(detail::team_of(p.device)), ...);
        std::apply([&](const auto&... each) { (this->add(each.term), ...); }, sum.terms);
    }

    /// What may be done with rows of x that are all zero, whatever is learned.
    static constexpr zero_rows rows_of_zeros = [] {
        if ((detail::keeps_rows<Terms>() || ...)) return zero_rows::stay;
        if (!Problem::network_type::preserves_zero) return zero_rows::go_last;
        if ((is_unaffected_by_zero_rows<Terms> && ...)) return zero_rows::go;
        return (detail::weighs_rows<Terms>() && ...) ? zero_rows::are_one : zero_rows::go_last;
    }();

    /// A step begins, and every node is evaluated.
    void evaluate() {
        this->problem.begin_step();
        node_states<Problem>::evaluate();
    }
    void pullback() {
        node_states<Problem>& step = *this;
        const auto pull_back = [&](bool in_pieces) {
            const auto one = [&]<class Term>(const Term& term, double weight) {
                if (Term::goes_in_pieces == in_pieces && counts_here<Term>()) step(term).pullback(step, weight);
            };
            std::apply([&](const auto&... each) { (one(each.term, each.weight), ...); }, objective_.terms);
        };
        pull_back(false);
        if ((Terms::goes_in_pieces || ...)) for_each_piece([&] { pull_back(true); });
        this->pull_back_nodes();
    }
    /// The value of every term, without its coefficient, in the order of the objective.
    std::array<double, sizeof...(Terms)> values() {
        std::array<double, sizeof...(Terms)> list{};
        std::size_t next = 0;
        std::apply([&](const auto&... each) { ((list[next++] = value_of(each.term)), ...); }, objective_.terms);
        if (team* const together = detail::team_of(this->problem.device)) together->add_up(std::span<double>(list));
        return list;
    }

  private:
    template <class Term>
    bool counts_here() const {
        return !detail::is_of_weights<Term> || this->problem.rows.first == 0;
    }
    template <class Term>
    double value_of(const Term& term) {
        if (!counts_here<Term>()) return 0;
        node_states<Problem>& step = *this;
        auto& state = step(term);
        double sum = 0;
        const auto add_value = [&] {
            state.measure(step);
            typename Problem::scalar host{};
            step.problem.device.download(state.value(), std::span(&host, 1));
            sum += static_cast<double>(host);
        };
        if constexpr (Term::goes_in_pieces) for_each_piece(add_value);
        else add_value();
        return sum;
    }
    // f() for pieces of about the same size, then all rows are at hand again.
    void for_each_piece(auto&& f) {
        auto& p = this->problem;
        const std::size_t all = p.rows.present, pieces = (all + p.rows_at_once - 1) / p.rows_at_once;
        for (std::size_t begin = 0; begin < all; begin += p.piece.count) {
            const std::size_t even = whole_sequences((all + pieces - 1) / pieces, Problem::piece_unit);
            this->begin_piece({begin, std::min(even, all - begin)});
            f();
        }
        p.piece = {0, all};
    }

    objective<Terms...> objective_;
};

template <class Problem, class... Terms>
objective_step(Problem&, const objective<Terms...>&) -> objective_step<Problem, objective<Terms...>>;

}  // namespace apd::ext
