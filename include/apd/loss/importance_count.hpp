#pragma once
// The concept `importance_count`: how much an importance counts, for losses that want few of them; and its models.

#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/number_text.hpp>
#include <apd/loss/annealed.hpp>

namespace apd::ext {

/// Marks a type as a way to count importances.
struct importance_count_base {
    bool operator==(const importance_count_base&) const = default;
};

/// Concept: φ(g⁺), how much an importance counts, with one number that may change along a run.
///
/// A regular value that derives from `importance_count_base`, with
/// * `describe()`;
/// * `along()`: that number, `annealed`;
/// * `check(call)`: throws `apd::error` where it can't be;
/// * `visit<T>(g, number, f)`: f(φ, φ′), expressions of g and of the number.
///
/// Models: lp_count, smooth_l0.
template <class C>
concept importance_count = std::equality_comparable<C> && std::derived_from<C, importance_count_base> &&
    requires(const C& count) {
    { count.describe() } -> std::convertible_to<std::string>;
    { count.along() } -> std::convertible_to<annealed>;
    count.check(std::string_view{});
};

namespace detail {
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

/// (g⁺ + ε)^p, p falling or constant.
struct lp_count : importance_count_base {
    annealed power;
    constexpr explicit lp_count(annealed p) : power(p) {}
    bool operator==(const lp_count& other) const { return power == other.power; }
    std::string describe() const { return describe_call("lp_count", power); }
    annealed along() const { return power; }
    void check(std::string_view call) const {
        if (!(power.last <= power.first))
            throw error(call, "its power rises from " + number_text(power.first) + " to " + number_text(power.last),
                        "let it fall: what is small is pushed harder to zero later on");
        if (!(power.last > 0)) throw error(call, "its power ends at " + number_text(power.last), "choose one above 0");
    }
    template <class T>
    void visit(const auto& g, const auto& p, auto&& f) const {
        const auto sum = g + constant(static_cast<T>(detail::smallest_importance));
        // A whole power in all steps takes no logarithm.
        if (power.is_always(1)) f(sum, constant(T(1)));
        else if (power.is_always(2)) f(square(sum), sum * 2);
        else f(map(detail::importance_power<T>{}, g, p), map(detail::importance_power_slope<T>{}, g, p));
    }
};

/// g⁺²/(g⁺² + γ²), which for a small width γ is nearly 1 of all that isn't 0: without the cliff that (g⁺)^p has at 0.
/// `reaches_one`: times 1 + γ², so that an importance of 1 counts as one while γ is large too.
///
/// Example: `apd::importance_minimality(ci, apd::smooth_l0({1, 0.01, 0, 1e5}))`.
struct smooth_l0 : importance_count_base {
    annealed width;
    bool reaches_one;
    constexpr explicit smooth_l0(annealed gamma, bool is_one_at_one = false)
        : width(gamma), reaches_one(is_one_at_one) {}
    bool operator==(const smooth_l0& other) const { return width == other.width && reaches_one == other.reaches_one; }
    std::string describe() const { return describe_call("smooth_l0", width, reaches_one ? 1 : 0); }
    annealed along() const { return width; }
    void check(std::string_view call) const {
        if (!(width.first > 0 && width.last > 0))
            throw error(call, "its width goes from " + number_text(width.first) + " to " + number_text(width.last),
                        "choose widths above 0");
    }
    template <class T>
    void visit(const auto& g, const auto& gamma, auto&& f) const {
        const auto g2 = square(g);
        const auto gamma2 = square(gamma);
        const auto sum = g2 + gamma2;
        const auto slope = g * gamma2 / square(sum) * 2;
        const auto whole = gamma2 + constant(T(1));
        if (reaches_one) f(g2 / sum * whole, slope * whole);
        else f(g2 / sum, slope);
    }
};

namespace detail {

// How importances count, from what a user says: a power, annealed powers, or a count.
template <class How>
constexpr auto as_count(How how) {
    if constexpr (std::convertible_to<How, double>)
        return lp_count({static_cast<double>(how), static_cast<double>(how)});
    else if constexpr (std::is_same_v<How, annealed>) return lp_count(how);
    else return how;
}

// What losses that count importances share: e_c = Σ_b φ(g⁺[b, c]) over the whole batch, or over some rows of it.
template <class Problem, class Importance, class Count>
class importance_sums {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using sums = array<device_type, T, extents<Problem::components>>;

  public:
    importance_sums(const Importance& importance, const Count& count, std::string_view call, Problem& p)
        : importance_(importance), count_(count), number_(p.device), sum_(p.device), slope_(p.device) {
        count.along().check(call);
        count.check(call);
    }
    /// Numbers of φ that change along a run are those of this step.
    void begin(auto& step) {
        step.problem.device(number_[""_i] = map(annealed_number<T>{count_.along()}, step.problem.step[""_i]));
    }
    /// e of the rows at hand.
    void add_up_here(auto& step) {
        auto& device = step.problem.device;
        begin(step);
        count_.template visit<T>(importances(step), number_[""_i], [&](const auto& value, const auto&) {
            device(sum_["c"_i] = value * step.problem.of_piece(*step.problem.weight)["b"_i]);
        });
    }
    /// e of the whole batch.
    void add_up(auto& step) {
        add_up_here(step);
        step.problem.add_up(*sum_);
    }
    /// e [C], once added up.
    auto sum() const { return *sum_; }
    /// A room of its size, for the slope of a loss by e.
    auto slope() const { return *slope_; }
    /// Adds what that slope is of every importance.
    void give_back(auto& step) {
        auto& gradient = step(importance_).upper_gradient();
        count_.template visit<T>(importances(step), number_[""_i], [&](const auto&, const auto& slope_of_count) {
            gradient.add(step.problem.device,
                         slope_of_count * (slope_["c"_i] * step.problem.of_piece(*step.problem.weight)["b"_i]));
        });
    }

  private:
    auto importances(auto& step) const { return step.problem.of_piece(step(importance_).upper())["bc"_i]; }
    Importance importance_;
    Count count_;
    array<device_type, T, extents<>> number_;
    sums sum_, slope_;
};

}  // namespace detail
}  // namespace apd::ext

namespace apd {
using ext::lp_count, ext::smooth_l0;
}  // namespace apd
