#pragma once
// Functions that array expressions use: square, sqrt, exp, log, pow, nonzero, and the larger of two.

#include <cmath>

#include <apd/array/expression.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/exponential.hpp>

namespace apd::ext {

namespace detail {
struct square_function {
    template <class T>
    APD_HOST_DEVICE constexpr T operator()(T x) const {
        return x * x;
    }
};
struct sqrt_function {
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return std::sqrt(x);
    }
};
struct exp_function {
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return exponential(x);
    }
};
struct log_function {
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return std::log(x);
    }
};
struct larger_function {
    template <class T>
    APD_HOST_DEVICE constexpr T operator()(T a, T b) const {
        return a < b ? b : a;
    }
};
struct nonzero_function {
    template <class T>
    APD_HOST_DEVICE constexpr T operator()(T x) const {
        return detail::exactly_equal(x, T(0)) ? T(0) : T(1);
    }
};
struct sign_function {
    template <class T>
    APD_HOST_DEVICE constexpr T operator()(T x) const {
        return static_cast<T>(T(0) < x) - static_cast<T>(x < T(0));
    }
};
template <class T>
struct power_function {
    T exponent;
    APD_HOST_DEVICE T operator()(T x) const { return std::pow(x, exponent); }
};
}  // namespace detail

/// x²
template <expression E>
constexpr auto square(const E& x) {
    return map(detail::square_function{}, x);
}
/// √x
template <expression E>
constexpr auto sqrt(const E& x) {
    return map(detail::sqrt_function{}, x);
}
/// eˣ
template <expression E>
constexpr auto exp(const E& x) {
    return map(detail::exp_function{}, x);
}
/// ln x, x > 0.
template <expression E>
constexpr auto log(const E& x) {
    return map(detail::log_function{}, x);
}
/// The larger of a and b.
template <expression A, expression B>
constexpr auto larger(const A& a, const B& b) {
    return map(detail::larger_function{}, a, b);
}
/// 1 where x ≠ 0, else 0.
template <expression E>
constexpr auto nonzero(const E& x) {
    return map(detail::nonzero_function{}, x);
}
/// 1 where x > 0, −1 where x < 0, else 0.
template <expression E>
constexpr auto sign(const E& x) {
    return map(detail::sign_function{}, x);
}
/// x^exponent, x ≥ 0.
template <expression E>
constexpr auto pow(const E& x, double exponent) {
    using T = typename E::scalar;
    return map(detail::power_function<T>{static_cast<T>(exponent)}, x);
}

}  // namespace apd::ext
