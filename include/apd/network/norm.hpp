#pragma once
// Normalisation of rows: rms_norm and layer_norm.

#include <cstddef>
#include <ratio>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/core/static_string.hpp>
#include <apd/network/bias.hpp>
#include <apd/network/layer.hpp>

namespace apd::ext {

/// y[b, i] = x[b, i]/√(mean_i x² + ε), of x less its mean over i if it is centred. Epsilon is a std::ratio.
template <bool IsCentred, class Epsilon>
struct normalise {
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs; }
    /// 1/√(…), and the mean.
    static constexpr std::size_t workspace(std::size_t) { return 2; }
    static constexpr bool preserves_zero = true;

    static void forward(auto& device, const auto&, const auto& x, const auto& y, const auto& workspace) {
        constexpr double share = 1.0 / std::remove_cvref_t<decltype(x)>::shape::elements;
        const auto inverse = number(workspace, 0)["bn"_i], mean = number(workspace, 1)["bn"_i];
        if constexpr (IsCentred) {
            device(mean = x["bi"_i] * share);
            device(y["bi"_i] = x["bi"_i] - mean);
        } else {
            device(y["bi"_i] = x["bi"_i]);
        }
        device(inverse = square(y["bi"_i]) * share);
        device(inverse = 1 / sqrt(inverse + epsilon));
        device(y["bi"_i] = y["bi"_i] * inverse);
    }
    // ∂y/∂x = r (1 − r² z zᵀ/d), z what is divided and r = 1/√(…), of x less its mean again: symmetric, so that
    // tangents and cotangents take the same way.
    static void pushforward(auto& device, const auto&, const auto& x, const auto& tx, const auto& ty, const auto& kept,
                            const auto& workspace) {
        constexpr double share = 1.0 / std::remove_cvref_t<decltype(x)>::shape::elements;
        const auto inverse = number(kept, 0)["bn"_i], mean = number(kept, 1)["bn"_i];
        const auto along_z = along<"n">(number(workspace, 0)), mean_of_t = along<"n">(number(workspace, 1));
        if constexpr (IsCentred) {
            device(along_z = (x["bi"_i] - mean) * along<"i">(tx));
            device(mean_of_t = along<"i">(tx) * share);
            device(along<"i">(ty) =
                       (along<"i">(tx) - mean_of_t - (x["bi"_i] - mean) * square(inverse) * along_z * share) * inverse);
        } else {
            device(along_z = x["bi"_i] * along<"i">(tx));
            device(along<"i">(ty) = (along<"i">(tx) - x["bi"_i] * square(inverse) * along_z * share) * inverse);
        }
    }
    static void pullback(auto& device, const auto& none, const auto& x, const auto& gy, const auto& gx,
                         const auto& kept, const auto& workspace) {
        pushforward(device, none, x, gy, gx, kept, workspace);
    }

  private:
    static constexpr double epsilon = static_cast<double>(Epsilon::num) / static_cast<double>(Epsilon::den);
    static auto number(const auto& workspace, std::size_t which) { return workspace.template part<0, 1>(which); }
};

/// y[b, i] = x[b, i] g[i]; g is stored [N] under its name, and is 1 before it is trained. It is not decomposed.
template <static_string Name, std::size_t N>
struct scale {
    using shape = extents<N>;
    static constexpr auto name = Name;
    static constexpr double initial = 1;
    static constexpr std::size_t inputs = N;
    static constexpr std::size_t outputs(std::size_t = N) { return N; }
    static constexpr bool preserves_zero = true;

    static void forward(auto& device, const auto& g, const auto& x, const auto& y) {
        device(y["bi"_i] = x["bi"_i] * g.value["i"_i]);
    }
    static void pushforward(auto& device, const auto& g, const auto&, const auto& tx, const auto& ty) {
        device(along<"i">(ty) = along<"i">(tx) * g.value["i"_i]);
    }
    static void pullback(auto& device, const auto& g, const auto&, const auto& gy, const auto& gx) {
        device(along<"i">(gx) = along<"i">(gy) * g.value["i"_i]);
    }
    static void pullback_parameter(auto& device, const auto& g, const auto& x, const auto& gy) {
        device(g.gradient["i"_i] += x["bi"_i] * gy["bi"_i]);
    }
};
template <static_string Name, std::size_t N>
struct unnamed_layer<scale<Name, N>> {
    using type = scale<"", N>;
};

/// y[b, i] = g[i] x[b, i]/√(mean_i x² + ε) (Zhang, Sennrich, arXiv 1910.07467).
///
/// Example: `apd::rms_norm<"norm", 64>`, ε = 10⁻⁶.
template <static_string Name, std::size_t N, class Epsilon = std::micro>
struct rms_norm {
    using parts = std::tuple<normalise<false, Epsilon>, scale<static_string(Name), N>>;
};
/// y[b, i] = g[i] (x[b, i] − mean)/√(variance + ε) + s[i], over i (Ba, Kiros, Hinton, arXiv 1607.06450).
///
/// Example: `apd::layer_norm<"norm.weight", "norm.bias", 64>`, ε = 10⁻⁵.
template <static_string Scale, static_string Shift, std::size_t N, class Epsilon = std::ratio<1, 100'000>>
struct layer_norm {
    using parts = std::tuple<normalise<true, Epsilon>, scale<static_string(Scale), N>, bias<static_string(Shift), N>>;
};

}  // namespace apd::ext

namespace apd {
using ext::scale, ext::rms_norm, ext::layer_norm;
}  // namespace apd
