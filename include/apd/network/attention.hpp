#pragma once
// Self-attention: positions read from each other (Vaswani et al., arXiv 1706.03762).

#include <cmath>
#include <cstddef>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/core/static_string.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/linear.hpp>

namespace apd::ext {

/// y[b, t, h, d] = Σ_s p[s] v[b, s, h, d], p = softmax over s of Σ_d q[b, t, h, d] k[b, s, h, d]/√Size. The input holds
/// q, k and v at every position, [Positions, 3, Heads, Size]; the output is [Positions, Heads, Size].
template <std::size_t Positions, std::size_t Heads, std::size_t Size>
struct attention {
    static_assert(Positions > 0 && Heads > 0 && Size > 0, "apd::attention: every size is at least 1.");
    static constexpr std::size_t inputs = Positions * 3 * Heads * Size;
    static constexpr std::size_t outputs(std::size_t = inputs) { return Positions * Heads * Size; }
    /// The weights p [s, h, t], and numbers [h, t] beside them.
    static constexpr std::size_t workspace(std::size_t) { return (Positions + 2) * Heads * Positions; }

    static void forward(auto& device, const auto&, const auto& x, const auto& y, const auto& workspace) {
        const auto p = weights(workspace);
        const auto largest = beside(workspace, 0), sum = beside(workspace, 1);
        device(p["bsht"_i] = queries(x)["btnhd"_i] * keys(x)["bsnhd"_i]);
        device(largest["bnht"_i] = maximum(p["bsht"_i]));
        device(p["bsht"_i] = exp((p["bsht"_i] - largest["bnht"_i]) * scale()));
        device(sum["bnht"_i] = p["bsht"_i]);
        device(p["bsht"_i] = p["bsht"_i] / sum["bnht"_i]);
        device(heads(y)["bthd"_i] = p["bsht"_i] * values(x)["bsnhd"_i]);
    }
    static void pushforward(auto& device, const auto&, const auto& x, const auto& tx, const auto& ty, const auto& kept,
                            const auto& workspace) {
        const auto p = weights(kept);
        const auto tp = weights(workspace);
        device(along<"sht">(tp) =
                   (along<"tnhd">(queries(tx)) * keys(x)["bsnhd"_i] + queries(x)["btnhd"_i] * along<"snhd">(keys(tx))) *
                   scale());
        through_softmax(device, p, tp, beside(workspace, 0));
        device(along<"thd">(heads(ty)) =
                   along<"sht">(tp) * values(x)["bsnhd"_i] + p["bsht"_i] * along<"snhd">(values(tx)));
    }
    static void pullback(auto& device, const auto&, const auto& x, const auto& gy, const auto& gx, const auto& kept,
                         const auto& workspace) {
        const auto p = weights(kept);
        const auto gp = weights(workspace);
        device(along<"snhd">(values(gx)) = p["bsht"_i] * along<"thd">(heads(gy)));
        device(along<"sht">(gp) = along<"thd">(heads(gy)) * values(x)["bsnhd"_i]);
        through_softmax(device, p, gp, beside(workspace, 0));
        device(along<"tnhd">(queries(gx)) = along<"sht">(gp) * keys(x)["bsnhd"_i] * scale());
        device(along<"snhd">(keys(gx)) = along<"sht">(gp) * queries(x)["btnhd"_i] * scale());
    }

  private:
    static double scale() { return 1 / std::sqrt(static_cast<double>(Size)); }
    // g ← (diag(p) − p pᵀ) g over s
    static void through_softmax(auto& device, const auto& p, const auto& g, const auto& mean) {
        device(along<"nht">(mean) = p["bsht"_i] * along<"sht">(g));
        device(along<"sht">(g) = p["bsht"_i] * (along<"sht">(g) - along<"nht">(mean)));
    }
    static auto heads(const auto& y) { return y.template split<Heads * Size>().template split<Size>(); }
    static auto queries(const auto& x) { return third(x, 0); }
    static auto keys(const auto& x) { return third(x, 1); }
    static auto values(const auto& x) { return third(x, 2); }
    // [t, 1, h, d]
    static auto third(const auto& x, std::size_t which) {
        return x.template split<3 * Heads * Size>()
            .template split<Heads * Size>()
            .template split<Size>()
            .template part<2, 1>(which);
    }
    // [s, h, t], and [1, h, t] behind it
    static auto weights(const auto& workspace) {
        return workspace.template split<Heads * Positions>().template split<Positions>().template part<2, Positions>(0);
    }
    static auto beside(const auto& workspace, std::size_t which) {
        return workspace.template split<Heads * Positions>().template split<Positions>().template part<2, 1>(Positions +
                                                                                                             which);
    }
};

/// Self-attention with its matrices, both sites: `In` [d, 3·Heads·Size] makes q, k and v at every position, `Out`
/// [Heads·Size, d] writes what the heads give.
///
/// Example: `apd::residual<apd::self_attention<"qkv", "out", 4, 6, 2, 3>>`: 4 positions of 6 numbers, 2 heads of 3.
template <static_string In, static_string Out, std::size_t Positions, std::size_t Width, std::size_t Heads,
          std::size_t Size>
struct self_attention {
    using parts =
        std::tuple<linear<static_string(In), Width, 3 * Heads * Size, Positions>, attention<Positions, Heads, Size>,
                   linear<static_string(Out), Heads * Size, Width, Positions>>;
};

}  // namespace apd::ext

namespace apd {
using ext::attention, ext::self_attention;
}  // namespace apd
