#pragma once
// The concept `mask_source`: where the numbers r come from that move masks between importances and one.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>

#include <apd/array/elementwise.hpp>
#include <apd/component/draws.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/number_text.hpp>
#include <apd/core/philox.hpp>

namespace apd::ext {

/// Marks a type as a source of numbers for masks.
struct source_base {
    static constexpr bool climbs = false;
    bool operator==(const source_base&) const = default;
};

/// Concept: numbers r[b, c] in [0, 1], one for every row and component: a mask is m = g + (1 − g) r, g the importance.
///
/// A regular value that derives from `source_base`, with `describe()` and a `state<Problem>`, constructed from (source,
/// problem), with
/// * `draw(step, r)`: writes all of r [B, C], or [C], the same for all rows;
/// * `draw_delta(step, r)`: the same for the delta components, [B, sites] or [sites].
/// A source that says it `climbs` the loss has `climb` in their place: see `adversarial_source`. One that chooses rows
/// has `route(step, route)`, which changes the routes [B, sites] of a loss that has them: see `merged_source`.
///
/// Law: the numbers of a step are a function of the run's seed, the state's stream and `problem.step`.
/// Models: uniform_source, coin_source, constant_source; adversarial_source.
template <class S>
concept mask_source = std::equality_comparable<S> && std::derived_from<S, source_base> && requires(const S& source) {
    { source.describe() } -> std::convertible_to<std::string>;
};

/// The source of nothing.
struct no_noise : source_base {
    bool operator==(const no_noise&) const = default;
    static std::string describe() { return "no_noise()"; }
    template <class Problem>
    struct state {
        state(const no_noise&, Problem&) {}
    };
};

namespace detail {
// The nearest number in [0, 1]; NaN stays NaN.
struct cut_to_unit {
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return x < T(0) ? T(0) : x > T(1) ? T(1) : x;
    }
};
template <class T>
struct uniform_number {
    APD_HOST_DEVICE T operator()(std::uint32_t word) const { return unit_interval<T>(word); }
};
template <class T>
struct fair_coin {
    APD_HOST_DEVICE T operator()(std::uint32_t word) const { return static_cast<T>(word >> 31U); }
};
// Numbers that are drawn anew in every step: F makes those of components from random words.
template <class Problem, class F>
class drawn_source {
    using T = typename Problem::scalar;
    static constexpr std::size_t sites = Problem::network_type::sites.size();

  public:
    explicit drawn_source(Problem& p) : components_(p), deltas_(p) {}
    void draw(auto&, const auto& r) { components_.fill(F{}, r); }
    void draw_delta(auto&, const auto& r) { deltas_.fill(uniform_number<T>{}, r); }

  private:
    row_draws<Problem, Problem::components> components_;
    row_draws<Problem, sites> deltas_;
};
}  // namespace detail

/// r uniform in [0, 1).
struct uniform_source : source_base {
    bool operator==(const uniform_source&) const = default;
    static std::string describe() { return "uniform_source()"; }
    template <class Problem>
    struct state : detail::drawn_source<Problem, detail::uniform_number<typename Problem::scalar>> {
        state(const uniform_source&, Problem& p)
            : detail::drawn_source<Problem, detail::uniform_number<typename Problem::scalar>>(p) {}
    };
};
/// r = 0 or 1, as a fair coin falls; those of delta components uniform in [0, 1).
struct coin_source : source_base {
    bool operator==(const coin_source&) const = default;
    static std::string describe() { return "coin_source()"; }
    template <class Problem>
    struct state : detail::drawn_source<Problem, detail::fair_coin<typename Problem::scalar>> {
        state(const coin_source&, Problem& p)
            : detail::drawn_source<Problem, detail::fair_coin<typename Problem::scalar>>(p) {}
    };
};
/// The same r everywhere: with 0 masks are the importances, with 1 they are one.
struct constant_source : source_base {
    double value;
    constexpr explicit constant_source(double r) : value(r) {}
    bool operator==(const constant_source& other) const { return detail::exactly_equal(value, other.value); }
    std::string describe() const { return describe_call("constant_source", value); }
    template <class Problem>
    class state {
      public:
        state(const constant_source& source, Problem&) : value_(source.value) {
            if (!(source.value >= 0 && source.value <= 1))
                throw error("constant_source", "r is " + number_text(source.value), "choose one from 0 to 1");
        }
        template <class View>
        void draw(auto& step, const View& r) {
            if constexpr (View::shape::is_batched) step.problem.device(r["bc"_i] = value_);
            else step.problem.device(r["c"_i] = value_);
        }
        void draw_delta(auto& step, const auto& r) { draw(step, r); }

      private:
        double value_;
    };
};

}  // namespace apd::ext

namespace apd {
using ext::uniform_source, ext::coin_source, ext::constant_source;
}  // namespace apd
