#pragma once
// Layers that apply one function to every entry: relu, gelu, identity, or a user's.

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <type_traits>

#include <apd/core/exponential.hpp>
#include <apd/network/layer.hpp>

namespace apd::ext {

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

namespace detail {
// ½ + an odd function of x: ½ + s p(u), s = x/bound from −1 to 1 and u = 2s² − 1, p a polynomial that was fitted to the
// largest error, and is ½ where u is 1: constant beyond the bound. Nothing but multiply-adds, without a branch, so that
// loops over it are vectors, and what is used twice is computed once.
struct half_and_odd {
    static constexpr float bound = 5.5F;
    float s, u;
    APD_HOST_DEVICE explicit half_and_odd(float x) {
        constexpr std::uint32_t sign = 1U << 31U;
        const auto bits = std::bit_cast<std::uint32_t>(x * (1 / bound));
        const auto size = static_cast<std::int32_t>(bits & ~sign), most = std::bit_cast<std::int32_t>(1.0F);
        s = std::bit_cast<float>(static_cast<std::uint32_t>(size < most ? size : most) | (bits & sign));
        u = s * s * 2 - 1;
    }
    template <std::size_t N>
    APD_HOST_DEVICE float operator()(const float (&p)[N]) const {
        float sum = p[N - 1];
        for (std::size_t i = N - 1; i-- > 0;) sum = sum * u + p[i];
        return sum * s + 0.5F;
    }
};
}  // namespace detail

/// x Φ(x), Φ the distribution function of the standard normal (Hendrycks, Gimpel, arXiv 1606.08415), as exact as
/// numbers of the scalar are: of a float, Φ to 5·10⁻⁷ and the derivative to 7·10⁻⁷.
struct gelu_function {
    static constexpr const char* name = "gelu";
    static constexpr bool preserves_zero = true;
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return x * normal(x);
    }
    template <class T>
    APD_HOST_DEVICE static T derivative(T x) {
        if constexpr (std::is_same_v<T, float>) {
            constexpr float p[] = {0.7081754F,   -0.3615712F,   0.2951898F,  -0.29549202F, 0.33102974F, -0.37871447F,
                                   0.41434368F,  -0.4010564F,   0.33360973F, -0.29197577F, 0.2726165F,  -0.1530268F,
                                   0.022553047F, -0.035339355F, 0.06666163F, -0.027003556F};
            return detail::half_and_odd(x)(p);
        } else {
            const T density = std::exp(-x * x / T(2)) * static_cast<T>(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
            return normal(x) + x * density;
        }
    }

  private:
    template <class T>
    APD_HOST_DEVICE static T normal(T x) {
        if constexpr (std::is_same_v<T, float>) {
            constexpr float p[] = {0.7070359F,   -0.3529465F,   0.2625299F,    -0.2133929F,  0.17685792F,
                                   -0.14305186F, 0.10894422F,   -0.08285262F,  0.065661386F, -0.038248688F,
                                   0.010648449F, -0.010220775F, 0.0154107055F, -0.006375163F};
            return detail::half_and_odd(x)(p);
        } else {
            return (T(1) + std::erf(x * static_cast<T>(1 / std::numbers::sqrt2))) / T(2);
        }
    }
};

/// x (1 + tanh(√(2/π) (x + 0.044715 x³)))/2: the approximation of gelu that GPT-2 and others were trained with.
struct gelu_tanh_function {
    static constexpr const char* name = "gelu_tanh";
    static constexpr bool preserves_zero = true;
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return x * share(x);
    }
    template <class T>
    APD_HOST_DEVICE static T derivative(T x) {
        const T s = share(x), slope = twice_root<T>() * (T(1) + 3 * cubic<T>() * x * x);
        return s + x * s * (T(1) - s) * slope;
    }

  private:
    template <class T>
    APD_HOST_DEVICE static constexpr T cubic() {
        return static_cast<T>(0.044715);
    }
    template <class T>
    APD_HOST_DEVICE static constexpr T twice_root() {
        return static_cast<T>(2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
    }
    // (1 + tanh u)/2 = 1/(1 + exp(−2u))
    template <class T>
    APD_HOST_DEVICE static T share(T x) {
        return detail::logistic(twice_root<T>() * (x + cubic<T>() * x * x * x));
    }
};

/// x/(1 + exp(−x)), also called swish (Elfwing et al., arXiv 1702.03118).
struct silu_function {
    static constexpr const char* name = "silu";
    static constexpr bool preserves_zero = true;
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return x / (T(1) + detail::exponential(-x));
    }
    template <class T>
    APD_HOST_DEVICE static T derivative(T x) {
        const T share = detail::logistic(x);
        return share * (T(1) + x * (T(1) - share));
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
/// Its approximation by tanh.
using gelu_tanh = elementwise<gelu_tanh_function>;
/// y = x/(1 + exp(−x))
using silu = elementwise<silu_function>;
/// y = x
using identity = elementwise<identity_function>;

}  // namespace apd::ext

namespace apd {
using ext::elementwise, ext::relu, ext::gelu, ext::gelu_tanh, ext::silu, ext::identity;
}  // namespace apd
