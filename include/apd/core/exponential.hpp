#pragma once
// eˣ without a call, so that loops over it are vectors.

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include <apd/core/annotations.hpp>

namespace apd::ext::detail {

/// eˣ: of a float to 2·10⁻⁷ of it, zero where it is below 2·10⁻³⁸, infinity where it is no float, and NaN for NaN; of
/// others that of the standard library.
///
/// x = n ln 2 + r: 2ⁿ is made of its bits, and eʳ, |r| ≤ ½ ln 2, is a polynomial that interpolates it.
template <class T>
APD_HOST_DEVICE T exponential(T x) {
    if constexpr (std::is_same_v<T, float>) {
        constexpr float least = -87.3F, most = 89, to_integer = 12582912;  // 1.5·2²³: what is added to it is rounded
        x = x < least ? least : x;
        x = most < x ? most : x;
        const float rounded = x * 1.44269504F + to_integer;
        const float n = rounded - to_integer;
        const float r = (x - n * 0.693145752F) - n * 1.42860677e-6F;  // ln 2 in two parts
        float power = 0.00139411189F;
        power = power * r + 0.00837513477F;
        power = power * r + 0.0416663528F;
        power = power * r + 0.166664154F;
        power = power * r + 0.5F;
        power = power * r + 1;
        power = power * r + 1;
        const auto number = std::bit_cast<std::uint32_t>(rounded) - std::bit_cast<std::uint32_t>(to_integer);
        return power * std::bit_cast<float>((number + 126) << 23U) * 2;  // 2ⁿ⁻¹, as 2¹²⁸ is no float; 0 at the least
    } else {
        return std::exp(x);
    }
}

/// 1/(1 + e⁻ˣ)
template <class T>
APD_HOST_DEVICE T logistic(T x) {
    return T(1) / (T(1) + exponential(-x));
}

}  // namespace apd::ext::detail
