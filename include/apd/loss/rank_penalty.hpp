#pragma once
// The concept `rank_penalty`, and Schatten powers.

#include <concepts>
#include <string>

#include <apd/array/elementwise.hpp>
#include <apd/array/expression.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/number_text.hpp>

namespace apd::ext {

/// Concept: a penalty ρ(s) of a squared singular value s, as array expressions: `penalty(s)`, `penalty.derivative(s)`.
/// Law: derivative is dρ/ds. Models: schatten.
template <class P>
concept rank_penalty = std::equality_comparable<P> && requires(const P& penalty, constant<double> s) {
    { penalty(s) } -> expression;
    { penalty.derivative(s) } -> expression;
};

/// The rank penalty ρ(s) = (s + 1e-16)^{p/2}: summed over the columns of a component's factors, a bound on the p-th
/// power of its Schatten-p quasi-norm, which is tight where the columns are singular vectors. 0 < p ≤ 2.
struct schatten {
    double p;
    constexpr explicit schatten(double power) : p(power) {
        if (!(p > 0 && p <= 2))
            throw error("schatten", "p is " + number_text(p), "choose a power above 0 and at most 2, such as 0.9");
    }
    bool operator==(const schatten& other) const { return detail::exactly_equal(p, other.p); }

    std::string describe() const { return describe_call("schatten", p); }
    auto operator()(const auto& s) const { return pow(s + tiny, p / 2); }
    /// dρ/ds
    auto derivative(const auto& s) const { return pow(s + tiny, p / 2 - 1) * (p / 2); }

  private:
    static constexpr double tiny = 1e-16;
};

}  // namespace apd::ext

namespace apd {
using ext::schatten;
}  // namespace apd
