#pragma once
// One-dimensional convolution: windows of a sequence, and a matrix used at every one of them.

#include <cstddef>
#include <tuple>

#include <apd/core/static_string.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/linear.hpp>

namespace apd::ext {

/// y[b, t, w, i] = x[b, t + w, i]: every window of `Width` neighbouring positions of a sequence [Length, Channels].
template <std::size_t Length, std::size_t Channels, std::size_t Width>
struct windows {
    static_assert(Channels > 0 && Width > 0 && Width <= Length,
                  "apd::windows: a window is at least one position wide, and at most as wide as the sequence is long.");
    static constexpr std::size_t positions = Length - Width + 1;
    static constexpr std::size_t window_width = Width;
    static constexpr std::size_t inputs = Length * Channels;
    static constexpr std::size_t outputs(std::size_t = inputs) { return positions * Width * Channels; }

    static void forward(auto& device, const auto&, const auto& x, const auto& y) {
        for (std::size_t w = 0; w < Width; ++w) device(along<"twi">(window(y, w)) = along<"ti">(shifted(x, w)));
    }
    static void pushforward(auto& device, const auto& none, const auto&, const auto& tx, const auto& ty) {
        forward(device, none, tx, ty);
    }
    static void pullback(auto& device, const auto&, const auto&, const auto& gy, const auto& gx) {
        device(along<"i">(gx) = 0);
        for (std::size_t w = 0; w < Width; ++w) device(along<"ti">(shifted(gx, w)) += along<"twi">(window(gy, w)));
    }

  private:
    static auto shifted(const auto& x, std::size_t w) {
        return x.template split<Channels>().template part<1, positions>(w);
    }
    static auto window(const auto& y, std::size_t w) {
        return y.template split<Width * Channels>().template split<Channels>().template part<1, 1>(w);
    }
};

/// z[b, t, o] = Σ_w Σ_i x[b, t + w, i] W[w·In + i, o], a site: the convolution of a sequence [Length, In] with Out
/// kernels, to a sequence [Length − Width + 1, Out].
///
/// Example: `apd::convolution<"kernels", 8, 2, 3, 3>` has 8 positions, 2 channels, 3 kernels of width 3.
template <static_string Name, std::size_t Length, std::size_t In, std::size_t Out, std::size_t Width>
struct convolution {
    using parts = std::tuple<windows<Length, In, Width>,
                             linear<static_string(Name), Width * In, Out, windows<Length, In, Width>::positions>>;
};

}  // namespace apd::ext

namespace apd {
using ext::windows, ext::convolution;
}  // namespace apd
