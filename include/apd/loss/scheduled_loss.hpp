#pragma once
// A loss whose coefficient changes along a run.

#include <string>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/describe.hpp>
#include <apd/loss/annealed.hpp>
#include <apd/loss/loss_term.hpp>

namespace apd::ext {

/// A loss times a number of the step; its value is with that number. Written `annealed{0, 1, 0, 1000} * loss`.
///
/// The loss's `pullback(step, weight)` takes any `weight`, a number or an expression of one. Where the number is 0 the
/// loss is computed all the same, and an adversary that remembers climbs on.
template <loss_term Term>
struct scheduled_loss : Term {  // what it says of rows, and its name, are the loss's
    annealed coefficient;
    constexpr scheduled_loss(Term t, annealed a) : Term(t), coefficient(a) {}
    bool operator==(const scheduled_loss& other) const {
        return term() == other.term() && coefficient == other.coefficient;
    }
    constexpr const Term& term() const { return *this; }
    std::string describe() const { return coefficient.describe().append(" * ").append(apd::describe(term())); }

    template <class Problem>
    class state : public loss_state<Problem> {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using term_state = typename Term::template state<Problem>;

      public:
        state(const scheduled_loss& node, Problem& p)
            : loss_state<Problem>(p), coefficient_(node.coefficient), term_(node.term(), p), weight_(p.device) {
            coefficient_.check("the coefficient of a loss");
        }
        void evaluate(auto& step) {
            if constexpr (requires { term_.evaluate(step); }) term_.evaluate(step);
        }
        void measure(auto& step) {
            find_weight(step, 1);
            term_.measure(step);
            step.problem.device(this->value()[""_i] = term_.value()[""_i] * weight_[""_i]);
        }
        void pullback(auto& step, auto weight) {
            constexpr bool takes_any_weight = requires { term_.pullback(step, weight_[""_i]); };
            static_assert(
                takes_any_weight,
                "apd: the coefficient of a loss changes, whose pullback(step, double weight) takes a number; let "
                "it take what there is: pullback(auto& step, auto weight).");
            find_weight(step, weight);
            if constexpr (takes_any_weight) term_.pullback(step, weight_[""_i]);
        }
        void update(auto& step) {
            if constexpr (requires { term_.update(step); }) term_.update(step);
        }

      private:
        void find_weight(auto& step, auto factor) {
            step.problem.device(weight_[""_i] =
                                    map(detail::annealed_number<T>{coefficient_}, step.problem.step[""_i]) * factor);
        }
        annealed coefficient_;
        term_state term_;
        array<device_type, T, extents<>> weight_;
    };
};

}  // namespace apd::ext
