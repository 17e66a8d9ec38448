#pragma once
// The layer z = x W + b in which the bias is decomposed with the matrix, as its last row.

#include <cstddef>
#include <tuple>

#include <apd/core/static_string.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/linear.hpp>

namespace apd::ext {

/// y[b, t] = (x[b, t, 0], …, x[b, t, N − 1], 1): what makes a bias a row of a matrix.
template <std::size_t N, std::size_t Positions = 1>
struct append_one {
    static constexpr std::size_t inputs = Positions * N;
    static constexpr bool appends_one = true;
    static constexpr std::size_t outputs(std::size_t = inputs) { return Positions * (N + 1); }

    static void forward(auto& device, const auto&, const auto& x, const auto& y) {
        device(features(y)["bti"_i] = x.template split<N>()["bti"_i]);
        device(one(y)["btn"_i] = 1);
    }
    static void pushforward(auto& device, const auto&, const auto&, const auto& tx, const auto& ty) {
        device(along<"ti">(features(ty)) = along<"ti">(tx.template split<N>()));
        device(along<"tn">(one(ty)) = 0);
    }
    static void pullback(auto& device, const auto&, const auto&, const auto& gy, const auto& gx) {
        device(along<"ti">(gx.template split<N>()) = along<"ti">(features(gy)));
    }

  private:
    static auto features(const auto& y) { return y.template split<N + 1>().template part<0, N>(0); }
    static auto one(const auto& y) { return y.template split<N + 1>().template part<0, 1>(N); }
};

/// z[b, t, o] = Σ_i x[b, t, i] W[i, o] + W[In, o]: one site [In + 1, Out], whose last row is the bias. (Whether biases
/// should be decomposed, Braun et al. leave open; beside `bias` this is the other answer.)
///
/// Example: `apd::affine<"W", 5, 2>`.
template <static_string Name, std::size_t In, std::size_t Out, std::size_t Positions = 1>
struct affine {
    using parts = std::tuple<append_one<In, Positions>, linear<static_string(Name), In + 1, Out, Positions>>;
};

}  // namespace apd::ext

namespace apd {
using ext::affine, ext::append_one;
}  // namespace apd
