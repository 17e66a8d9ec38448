#pragma once
// Importance minimality: few subcomponents matter on a row, and each on few rows.

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <string_view>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/number_text.hpp>
#include <apd/importance/importance_node.hpp>
#include <apd/loss/importance_count.hpp>
#include <apd/loss/loss_term.hpp>

namespace apd::ext {

/// Σ_c (e_c/B)(1 + β log₂(1 + e_c)), e_c = Σ_b φ(g⁺[b, c]). With β it is said too that every subcomponent matters on
/// few rows of a batch (the frequency minimality of VPD), of which there are more in a larger one.
template <importance_node Importance, importance_count Count, bool WithFrequency>
struct importance_minimality_loss : loss_base {
    static constexpr std::string_view name = "importance minimality";
    static constexpr bool weighs_rows = true, goes_in_pieces = !WithFrequency;
    Importance importance;
    Count count;
    double beta;
    constexpr importance_minimality_loss(Importance i, Count c, double b) : importance(i), count(c), beta(b) {}
    bool operator==(const importance_minimality_loss& other) const {
        return importance == other.importance && count == other.count && detail::exactly_equal(beta, other.beta);
    }
    constexpr auto dependencies() const { return std::tuple{importance}; }
    std::string describe() const { return describe_call("importance_minimality", importance, count, beta); }

    template <class Problem>
    class state : public loss_state<Problem> {
        using T = typename Problem::scalar;

      public:
        state(const importance_minimality_loss& node, Problem& p)
            : loss_state<Problem>(p),
              sums_(node.importance, node.count, "importance_minimality", p),
              mean_(1.0 / static_cast<double>(p.rows.nominal)),
              log_share_(node.beta / std::numbers::ln2) {
            if (!(node.beta >= 0))
                throw error("importance_minimality", "beta is " + number_text(node.beta), "choose one of at least 0");
        }
        void measure(auto& step) {
            auto& device = step.problem.device;
            if constexpr (WithFrequency) {
                sums_.add_up(step);
                // Of the slices of a batch: the sum is that of all.
                const double mean = step.problem.rows.first == 0 ? mean_ : 0;
                device(this->value()[""_i] = e() * factor() * mean);
            } else {
                sums_.add_up_here(step);
                device(this->value()[""_i] = e() * mean_);
            }
        }
        void pullback(auto& step, auto weight) {
            auto& device = step.problem.device;
            const auto one = constant(T(1));
            if constexpr (WithFrequency) {
                sums_.add_up(step);
                device(sums_.slope()["c"_i] = (factor() + e() / (one + e()) * log_share_) * (weight * mean_));
            } else {  // e need not be known
                sums_.begin(step);
                device(sums_.slope()["c"_i] = one * (weight * mean_));
            }
            sums_.give_back(step);
        }

      private:
        auto e() const { return sums_.sum()["c"_i]; }
        // 1 + β log₂(1 + e)
        auto factor() const { return log(e() + constant(T(1))) * log_share_ + constant(T(1)); }

        detail::importance_sums<Problem, Importance, Count> sums_;
        double mean_, log_share_;
    };
};

namespace detail {
template <bool WithFrequency, class Importance, class How>
constexpr auto importance_minimality(Importance importance, How how, double beta) {
    static_assert(importance_node<Importance>,
                  "apd::importance_minimality: takes importances, such as private_importances<16>().");
    using count = decltype(detail::as_count(how));
    static_assert(importance_count<count>,
                  "apd::importance_minimality: behind the importances goes how they count: a power p, annealed powers, "
                  "or smooth_l0.");
    if constexpr (importance_node<Importance> && importance_count<count>)
        return importance_minimality_loss<Importance, count, WithFrequency>(importance, detail::as_count(how), beta);
}
}  // namespace detail

/// `how` importances count: a number p or `annealed` numbers, of (g⁺ + ε)^p; or `smooth_l0`.
///
/// Example: `3e-3 * apd::importance_minimality(ci, 1)`; `apd::importance_minimality(ci, apd::annealed{2, 0.4, 0, 4e4},
/// 0.5)`, p falling from 2 to 0.4 in so many steps, β = 1/2.
template <class Importance, class How>
constexpr auto importance_minimality(Importance importance, How how, double beta) {
    return detail::importance_minimality<true>(importance, how, beta);
}
template <class Importance, class How>
constexpr auto importance_minimality(Importance importance, How how) {
    return detail::importance_minimality<false>(importance, how, 0);
}

}  // namespace apd::ext

namespace apd {
using ext::importance_minimality;
}  // namespace apd
