#pragma once
// Images [Height, Width, Channels], the channels of a pixel side by side: windows of them, convolution and pooling.

#include <cstddef>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/core/static_string.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/linear.hpp>

namespace apd::ext {

namespace detail {
// Rows [.., Height·Width·Channels] as [.., Height/Size, Size, Width/Size, Size, Channels].
template <std::size_t Width, std::size_t Channels, std::size_t Size>
auto in_squares(const auto& images) {
    return images.template split<Size * Width * Channels>()
        .template split<Width * Channels>()
        .template split<Size * Channels>()
        .template split<Channels>();
}
}  // namespace detail

/// y[b, v, w, m, n, i] = x[b, v·Stride + m, w·Stride + n, i]: windows of High · Wide pixels, every `Stride` pixels.
///
/// Example: `apd::image_windows<8, 8, 1, 3, 3>`: 36 windows of 9 pixels.
template <std::size_t Height, std::size_t Width, std::size_t Channels, std::size_t High, std::size_t Wide,
          std::size_t Stride = 1>
struct image_windows {
    static_assert(Channels > 0 && High > 0 && Wide > 0 && High <= Height && Wide <= Width,
                  "apd::image_windows: a window has a pixel at least, and is no larger than the image.");
    static_assert(Stride > 0 && Height % Stride == 0 && Width % Stride == 0,
                  "apd::image_windows: the stride divides the height and the width of the image.");
    static constexpr std::size_t rows = (Height - High) / Stride + 1, columns = (Width - Wide) / Stride + 1;
    static constexpr std::size_t positions = rows * columns;
    static constexpr std::size_t window_width = High * Wide, window_height = High;
    static constexpr bool preserves_zero = true;
    static constexpr std::size_t inputs = Height * Width * Channels;
    static constexpr std::size_t outputs(std::size_t = inputs) { return positions * window_width * Channels; }

    static void forward(auto& device, const auto&, const auto& x, const auto& y) {
        for_each_pixel([&](std::size_t m, std::size_t n) {
            device(along<"vwmni">(window(y, m, n)) = along<"vmwni">(shifted(x, m, n)));
        });
    }
    static void pushforward(auto& device, const auto& none, const auto&, const auto& tx, const auto& ty) {
        forward(device, none, tx, ty);
    }
    static void pullback(auto& device, const auto&, const auto&, const auto& gy, const auto& gx) {
        device(along<"i">(gx) = 0);
        for_each_pixel([&](std::size_t m, std::size_t n) {
            device(along<"vmwni">(shifted(gx, m, n)) += along<"vwmni">(window(gy, m, n)));
        });
    }

  private:
    static void for_each_pixel(auto&& f) {
        for (std::size_t m = 0; m < High; ++m)
            for (std::size_t n = 0; n < Wide; ++n) f(m, n);
    }
    // Pixel (m, n) of every window: of the image [rows, 1, columns, 1, Channels], and of the windows
    // [rows, columns, 1, 1, Channels].
    static auto shifted(const auto& x, std::size_t m, std::size_t n) {
        return detail::in_squares<Width, Channels, Stride>(x)
            .template part<4, rows>(m / Stride)
            .template part<3, 1>(m % Stride)
            .template part<2, columns>(n / Stride)
            .template part<1, 1>(n % Stride);
    }
    static auto window(const auto& y, std::size_t m, std::size_t n) {
        return y.template split<columns * High * Wide * Channels>()
            .template split<High * Wide * Channels>()
            .template split<Wide * Channels>()
            .template split<Channels>()
            .template part<2, 1>(m)
            .template part<1, 1>(n);
    }
};

/// z[b, v, w, o] = Σ_m Σ_n Σ_i x[b, v·Stride + m, w·Stride + n, i] W[(m·Wide + n)·In + i, o], a site: the convolution
/// of an image [Height, Width, In] with Out kernels of High · Wide pixels, to an image of as many channels.
///
/// Example: `apd::image_convolution<"kernels", 8, 8, 1, 4, 3, 3>`: 4 kernels of 3 · 3 pixels, to [6, 6, 4].
template <static_string Name, std::size_t Height, std::size_t Width, std::size_t In, std::size_t Out, std::size_t High,
          std::size_t Wide, std::size_t Stride = 1>
struct image_convolution {
    using seen = image_windows<Height, Width, In, High, Wide, Stride>;
    using parts = std::tuple<seen, linear<static_string(Name), High * Wide * In, Out, seen::positions>>;
};

/// An image [Height, Width, Channels] with `Border` pixels of zeros all around.
template <std::size_t Height, std::size_t Width, std::size_t Channels, std::size_t Border>
struct zero_border {
    static constexpr bool preserves_zero = true;
    static constexpr std::size_t inputs = Height * Width * Channels;
    static constexpr std::size_t outputs(std::size_t = inputs) {
        return (Height + 2 * Border) * (Width + 2 * Border) * Channels;
    }

    static void forward(auto& device, const auto&, const auto& x, const auto& y) {
        device(along<"i">(y) = 0);
        device(along<"hwi">(within(y)) = along<"hwi">(image(x)));
    }
    static void pushforward(auto& device, const auto& none, const auto&, const auto& tx, const auto& ty) {
        forward(device, none, tx, ty);
    }
    static void pullback(auto& device, const auto&, const auto&, const auto& gy, const auto& gx) {
        device(along<"hwi">(image(gx)) = along<"hwi">(within(gy)));
    }

  private:
    static auto image(const auto& x) { return x.template split<Width * Channels>().template split<Channels>(); }
    static auto within(const auto& y) {
        return y.template split<(Width + 2 * Border) * Channels>()
            .template split<Channels>()
            .template part<2, Height>(Border)
            .template part<1, Width>(Border);
    }
};

namespace detail {
// What poolings of squares of Size · Size pixels have in common.
template <std::size_t Height, std::size_t Width, std::size_t Channels, std::size_t Size>
class pooling {
    static_assert(Size > 0 && Height % Size == 0 && Width % Size == 0,
                  "apd::mean_pooling, apd::max_pooling: the height and the width of the image are multiples of Size.");

  public:
    static constexpr bool preserves_zero = true;
    static constexpr std::size_t inputs = Height * Width * Channels;
    static constexpr std::size_t outputs(std::size_t = inputs) { return inputs / (Size * Size); }

  protected:
    static auto squares(const auto& x) { return detail::in_squares<Width, Channels, Size>(x); }
    static auto pooled(const auto& y) { return y.template split<Width / Size * Channels>().template split<Channels>(); }
};
}  // namespace detail

/// y[b, v, w, i], the mean of the Size · Size pixels x[b, v·Size + m, w·Size + n, i] of an image
/// [Height, Width, Channels].
///
/// Example: `apd::mean_pooling<6, 6, 4, 2>`: to [3, 3, 4].
template <std::size_t Height, std::size_t Width, std::size_t Channels, std::size_t Size>
class mean_pooling : public detail::pooling<Height, Width, Channels, Size> {
    using base = detail::pooling<Height, Width, Channels, Size>;

  public:
    static void forward(auto& device, const auto&, const auto& x, const auto& y) {
        device(along<"vwi">(pooled(y)) = along<"vmwni">(squares(x)) * share);
    }
    static void pushforward(auto& device, const auto& none, const auto&, const auto& tx, const auto& ty) {
        forward(device, none, tx, ty);
    }
    static void pullback(auto& device, const auto&, const auto&, const auto& gy, const auto& gx) {
        device(along<"vmwni">(squares(gx)) = along<"vwi">(pooled(gy)) * share);
    }

  private:
    static constexpr double share = 1.0 / (Size * Size);
    using base::squares, base::pooled;
};

namespace detail {
struct is_same_number {
    template <class T>
    APD_HOST_DEVICE T operator()(T a, T b) const {
        return a == b ? T{1} : T{0};
    }
};
}  // namespace detail

/// y[b, v, w, i], the largest of the Size · Size pixels x[b, v·Size + m, w·Size + n, i] of an image
/// [Height, Width, Channels]. Of several that are as large each has an equal part of the derivative.
///
/// Example: `apd::max_pooling<6, 6, 4, 2>`: to [3, 3, 4].
template <std::size_t Height, std::size_t Width, std::size_t Channels, std::size_t Size>
class max_pooling : public detail::pooling<Height, Width, Channels, Size> {
    using base = detail::pooling<Height, Width, Channels, Size>;

  public:
    /// The largest of each square, and how many pixels are as large.
    static constexpr std::size_t workspace(std::size_t) { return 2 * base::outputs(); }

    static void forward(auto& device, const auto&, const auto& x, const auto& y, const auto& workspace) {
        device(largest(workspace) = maximum(along<"vmwni">(squares(x))));
        device(count(workspace) = map(detail::is_same_number{}, along<"vmwni">(squares(x)), largest(workspace)));
        device(along<"vwi">(pooled(y)) = largest(workspace));
    }
    static void pushforward(auto& device, const auto&, const auto& x, const auto& tx, const auto& ty, const auto& kept,
                            const auto&) {
        device(along<"vwi">(pooled(ty)) = along<"vmwni">(squares(tx)) * share(x, kept));
    }
    static void pullback(auto& device, const auto&, const auto& x, const auto& gy, const auto& gx, const auto& kept,
                         const auto&) {
        device(along<"vmwni">(squares(gx)) = along<"vwi">(pooled(gy)) * share(x, kept));
    }

  private:
    using base::squares, base::pooled;
    static auto largest(const auto& workspace) {
        return along<"vwi">(pooled(workspace.template slice<base::outputs()>(0)));
    }
    static auto count(const auto& workspace) {
        return along<"vwi">(pooled(workspace.template slice<base::outputs()>(base::outputs())));
    }
    static auto share(const auto& x, const auto& kept) {
        return map(detail::is_same_number{}, along<"vmwni">(squares(x)), largest(kept)) / count(kept);
    }
};

}  // namespace apd::ext

namespace apd {
using ext::image_windows, ext::image_convolution, ext::zero_border, ext::mean_pooling, ext::max_pooling;
}  // namespace apd
