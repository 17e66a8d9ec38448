#pragma once
// Layers that apply one function to every entry: relu, gelu, identity, or a user's.

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>

#include <apd/network/layer.hpp>

namespace apd {

namespace detail {
template <class Function>
struct derivative_of {
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return Function::derivative(x);
    }
};
}  // namespace detail

/// y[b, i] = f(x[b, i]). `Function` has `operator()(x)` and a static `derivative(x)`; with a static `preserves_zero`,
/// true, it promises that f(0) = 0.
///
/// Example: `struct softplus_function { … }; using softplus = apd::elementwise<softplus_function>;`
template <class Function>
struct elementwise {
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs; }
    static constexpr bool preserves_zero = [] {
        if constexpr (requires { Function::preserves_zero; }) return Function::preserves_zero;
        else return false;
    }();
    /// f(x) and df/dx as array expressions.
    static constexpr auto value(const auto& x) { return map(Function{}, x); }
    static constexpr auto derivative(const auto& x) { return map(detail::derivative_of<Function>{}, x); }
    /// Its name in words, which a function of one's own need not have.
    static std::string describe() {
        if constexpr (requires { Function::name; }) return Function::name;
        else return "(...)";
    }

    static void forward(auto& device, const auto&, const auto& x, const auto& y) {
        device(y["bi"_i] = value(x["bi"_i]));
    }
    static void pushforward(auto& device, const auto&, const auto& x, const auto& tx, const auto& ty) {
        device(along<"i">(ty) = derivative(x["bi"_i]) * along<"i">(tx));
    }
    static void pullback(auto& device, const auto&, const auto& x, const auto& gy, const auto& gx) {
        device(along<"i">(gx) = derivative(x["bi"_i]) * along<"i">(gy));
    }
};

/// Concept: a layer of one function, as expressions too. Models: elementwise.
template <class L>
concept elementwise_layer = layer<L> && requires(const constant<double>& x) {
    { L::value(x) } -> expression;
    { L::derivative(x) } -> expression;
};

struct relu_function {
    static constexpr const char* name = "relu";
    static constexpr bool preserves_zero = true;
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return x < T(0) ? T(0) : x;  // NaN stays NaN: a run that went wrong must not look like a dead one
    }
    template <class T>
    APD_HOST_DEVICE static T derivative(T x) {
        return x > T(0) ? T(1) : T(0);
    }
};

/// x Φ(x), Φ the distribution function of the standard normal (Hendrycks, Gimpel, arXiv 1606.08415), exact.
struct gelu_function {
    static constexpr const char* name = "gelu";
    static constexpr bool preserves_zero = true;
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return x * normal(x);
    }
    template <class T>
    APD_HOST_DEVICE static T derivative(T x) {
        const T density = std::exp(-x * x / T(2)) * static_cast<T>(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
        return normal(x) + x * density;
    }

  private:
    template <class T>
    APD_HOST_DEVICE static T normal(T x) {
        return (T(1) + std::erf(x * static_cast<T>(1 / std::numbers::sqrt2))) / T(2);
    }
};

struct identity_function {
    static constexpr bool preserves_zero = true;
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return x;
    }
    template <class T>
    APD_HOST_DEVICE static T derivative(T) {
        return T(1);
    }
};

/// y = max(x, 0); its derivative at 0 is 0.
using relu = elementwise<relu_function>;
/// y = x Φ(x)
using gelu = elementwise<gelu_function>;
/// y = x
using identity = elementwise<identity_function>;

}  // namespace apd
