#pragma once
// The layer y = x + b. APD leaves biases as they are.

#include <cstddef>

#include <apd/core/static_string.hpp>
#include <apd/network/layer.hpp>

namespace apd::ext {

/// y[b, i] = x[b, i] + b[i]; b is stored [N] under its name.
template <static_string Name, std::size_t N>
struct bias {
    using shape = extents<N>;
    static constexpr auto name = Name;
    static constexpr std::size_t inputs = N;
    static constexpr bool is_translation = true;
    static constexpr std::size_t outputs(std::size_t = N) { return N; }

    static void forward(auto& device, const auto& b, const auto& x, const auto& y) {
        device(y["bi"_i] = x["bi"_i] + b.value["i"_i]);
    }
    static void pullback_parameter(auto& device, const auto& b, const auto&, const auto& gy) {
        device(b.gradient["i"_i] += gy["bi"_i]);
    }
};
template <static_string Name, std::size_t N>
struct unnamed_layer<bias<Name, N>> {
    using type = bias<"", N>;
};

}  // namespace apd::ext

namespace apd {
using ext::bias;
}  // namespace apd
