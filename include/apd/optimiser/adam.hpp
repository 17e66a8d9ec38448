#pragma once
// Adam (Kingma, Ba, arXiv 1412.6980) and, with weight decay, AdamW (Loshchilov, Hutter, arXiv 1711.05101).

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include <apd/array/elementwise.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/exactly_equal.hpp>

namespace apd::ext {

/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², x ← (1 − η·weight_decay)x − η m̂/(√v̂ + ε), hats for bias correction.
struct adam {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0;

    bool operator==(const adam& other) const {
        return detail::exactly_equal(beta1, other.beta1) && detail::exactly_equal(beta2, other.beta2) &&
               detail::exactly_equal(epsilon, other.epsilon) && detail::exactly_equal(weight_decay, other.weight_decay);
    }
    std::string describe() const { return describe_call("adam", beta1, beta2, epsilon, weight_decay); }

    static constexpr std::size_t moments = 2, numbers = 3;
    /// η/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), 1 − η·weight_decay, t the number of updates with this one.
    template <std::size_t I>
    APD_HOST_DEVICE double number(double rate, std::uint32_t step) const {
        const double t = static_cast<double>(step) + 1;
        if constexpr (I == 0) return rate / (1 - std::pow(beta1, t));
        else if constexpr (I == 1) return 1 / std::sqrt(1 - std::pow(beta2, t));
        else return 1 - rate * weight_decay;
    }
    void update(auto& device, const auto& n, const auto& x, const auto& g, const auto& m) const {
        device(m[0] = m[0] * beta1 + g * (1 - beta1), m[1] = m[1] * beta2 + square(g) * (1 - beta2),
               x = x * n[2] - m[0] * n[0] / (sqrt(m[1]) * n[1] + epsilon));
    }
};

}  // namespace apd::ext

namespace apd {
using ext::adam;
}  // namespace apd
