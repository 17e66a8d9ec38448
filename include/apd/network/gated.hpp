#pragma once
// Gated products: one half of a row decides how much of the other passes.

#include <cstddef>

#include <apd/network/elementwise.hpp>
#include <apd/network/layer.hpp>

namespace apd::ext {

/// y[b, i] = f(x[b, i]) x[b, N + i], i < N: of a row of 2N numbers the first half through an elementwise layer, times
/// the second. With silu it is SwiGLU (Shazeer, arXiv 2002.05202).
///
/// Example: `apd::beside<apd::linear<"gate", 64, 128>, apd::linear<"up", 64, 128>>, apd::gated<apd::silu>`.
template <elementwise_layer Activation>
struct gated {
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs / 2; }
    static constexpr bool preserves_zero = true;

    static void forward(auto& device, const auto&, const auto& x, const auto& y) {
        const auto gate = half(x, 0)["bi"_i], up = half(x, 1)["bi"_i];
        device(y["bi"_i] = Activation::value(gate) * up);
    }
    static void pushforward(auto& device, const auto&, const auto& x, const auto& tx, const auto& ty) {
        const auto gate = half(x, 0)["bi"_i], up = half(x, 1)["bi"_i];
        device(along<"i">(ty) = Activation::derivative(gate) * up * along<"i">(half(tx, 0)) +
                                Activation::value(gate) * along<"i">(half(tx, 1)));
    }
    static void pullback(auto& device, const auto&, const auto& x, const auto& gy, const auto& gx) {
        const auto gate = half(x, 0)["bi"_i], up = half(x, 1)["bi"_i];
        device(along<"i">(half(gx, 0)) = Activation::derivative(gate) * up * along<"i">(gy));
        device(along<"i">(half(gx, 1)) = Activation::value(gate) * along<"i">(gy));
    }

  private:
    static auto half(const auto& x, std::size_t which) {
        constexpr auto& sizes = std::remove_cvref_t<decltype(x)>::shape::sizes;
        constexpr std::size_t width = sizes[sizes.size() - 1], size = width / 2;
        static_assert(width % 2 == 0, "apd::gated: takes rows of two halves, of an even number of inputs.");
        return x.template part<0, size>(which * size);
    }
};

}  // namespace apd::ext

namespace apd {
using ext::gated;
}  // namespace apd
