#pragma once
// Importance minimality: few subcomponents matter on a row, and each on few rows.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <string_view>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/importance/importance_node.hpp>
#include <apd/loss/loss_term.hpp>

namespace apd {

/// A number that goes along a straight line from `first`, at step `from`, to `last`, at step `until`.
struct annealed {
    double first, last;
    double from = 0, until = 0;
    bool operator==(const annealed& other) const {
        return detail::exactly_equal(first, other.first) && detail::exactly_equal(last, other.last) &&
               detail::exactly_equal(from, other.from) && detail::exactly_equal(until, other.until);
    }
    std::string describe() const { return describe_call("annealed", first, last, from, until); }
    APD_HOST_DEVICE double at(std::uint32_t step) const {
        const auto t = static_cast<double>(step);
        if (t >= until) return last;
        if (t <= from) return first;
        return first + (last - first) * ((t - from) / (until - from));
    }
};

namespace detail {
template <class T>
struct annealed_number {
    annealed along;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const { return static_cast<T>(along.at(step)); }
};
inline constexpr double smallest_importance = 1e-12;  // ε
// (g + ε)^p and its slope.
template <class T>
struct importance_power {
    APD_HOST_DEVICE T operator()(T g, T p) const { return std::pow(g + static_cast<T>(smallest_importance), p); }
};
template <class T>
struct importance_power_slope {
    APD_HOST_DEVICE T operator()(T g, T p) const {
        return p * std::pow(g + static_cast<T>(smallest_importance), p - T(1));
    }
};
}  // namespace detail

/// Σ_c (e_c/B)(1 + β log₂(1 + e_c)), e_c = Σ_b (g⁺[b, c] + ε)^p. With β it is said too that every subcomponent matters
/// on few rows of a batch (the frequency minimality of VPD), of which there are more in a larger one.
template <importance_node Importance>
struct importance_minimality_loss : loss_base {
    static constexpr std::string_view name = "importance minimality";
    static constexpr bool weighs_rows = true;
    Importance importance;
    annealed power;
    double beta;
    constexpr importance_minimality_loss(Importance i, annealed p, double b) : importance(i), power(p), beta(b) {}
    bool operator==(const importance_minimality_loss& other) const {
        return importance == other.importance && power == other.power && detail::exactly_equal(beta, other.beta);
    }
    constexpr auto dependencies() const { return std::tuple{importance}; }
    std::string describe() const { return describe_call("importance_minimality", importance, power, beta); }

    template <class Problem>
    class state : public loss_state<Problem> {
        using T = typename Problem::scalar;

      public:
        state(const importance_minimality_loss& node, Problem& p)
            : loss_state<Problem>(p),
              node_(node),
              power_(p.device),
              sum_(p.device),
              slope_(p.device),
              mean_(1.0 / static_cast<double>(p.rows.nominal)),
              is_first_(p.rows.first == 0) {
            if (!(node.power.last <= node.power.first))
                throw error(
                    "importance_minimality",
                    "its power rises from " + number_text(node.power.first) + " to " + number_text(node.power.last),
                    "let it fall: what is small is pushed harder to zero later on");
            if (!(node.power.last > 0))
                throw error("importance_minimality", "its power ends at " + number_text(node.power.last),
                            "choose one above 0");
        }
        void measure(auto& step) {
            add_up(step);
            step.problem.device(this->value()[""_i] = sum_["c"_i] * factor() * (is_first_ ? mean_ : 0.0));
        }
        void pullback(auto& step, double weight) {
            add_up(step);
            auto& device = step.problem.device;
            const auto one = constant(T(1));
            const auto e = sum_["c"_i];
            device(slope_["c"_i] = (factor() + e / (one + e) * (node_.beta / std::numbers::ln2)) * (weight * mean_));
            const auto g = step(node_.importance).upper()["bc"_i];
            const auto gradient = step(node_.importance).upper_gradient()["bc"_i];
            const auto slope = slope_["c"_i] * step.problem.weight["b"_i];
            if (is_always(1)) device(gradient += slope);
            else if (is_always(2)) device(gradient += (g + smallest()) * slope * 2);
            else device(gradient += map(detail::importance_power_slope<T>{}, g, power_[""_i]) * slope);
        }

      private:
        void add_up(auto& step) {
            auto& device = step.problem.device;
            device(power_[""_i] = map(detail::annealed_number<T>{node_.power}, step.problem.step[""_i]));
            const auto g = step(node_.importance).upper()["bc"_i];
            const auto weight = step.problem.weight["b"_i];
            if (is_always(1)) device(sum_["c"_i] = (g + smallest()) * weight);
            else if (is_always(2)) device(sum_["c"_i] = square(g + smallest()) * weight);
            else device(sum_["c"_i] = map(detail::importance_power<T>{}, g, power_[""_i]) * weight);
            step.problem.add_up(*sum_);
        }
        static auto smallest() { return constant(static_cast<T>(detail::smallest_importance)); }
        // A whole power in all steps takes no logarithm.
        bool is_always(double exponent) const {
            return detail::exactly_equal(node_.power.first, exponent) &&
                   detail::exactly_equal(node_.power.last, exponent);
        }
        // 1 + β log₂(1 + e)
        auto factor() const {
            return log(sum_["c"_i] + constant(T(1))) * (node_.beta / std::numbers::ln2) + constant(T(1));
        }

        importance_minimality_loss node_;
        array<typename Problem::device_type, T, extents<>> power_;
        array<typename Problem::device_type, T, extents<Problem::components>> sum_, slope_;
        double mean_;
        bool is_first_;  // of the slices of a batch: the sum is that of all
    };
};

/// Example: `3e-3 * apd::importance_minimality(ci, 1)`; `apd::importance_minimality(ci, apd::annealed{2, 0.4, 0, 4e4},
/// 0.5)`, p falling from 2 to 0.4 in so many steps, β = 1/2.
template <class Importance>
constexpr auto importance_minimality(Importance importance, annealed power, double beta = 0) {
    static_assert(importance_node<Importance>,
                  "apd::importance_minimality: takes importances, such as private_importances<16>().");
    if constexpr (importance_node<Importance>) return importance_minimality_loss<Importance>(importance, power, beta);
}
template <class Importance>
constexpr auto importance_minimality(Importance importance, double power, double beta = 0) {
    return importance_minimality(importance, annealed{power, power}, beta);
}

}  // namespace apd
