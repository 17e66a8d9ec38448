#pragma once
// The layer y = softmax(x), and the pieces of it that losses share.

#include <cstddef>

#include <apd/array/elementwise.hpp>
#include <apd/network/layer.hpp>

namespace apd::ext {

namespace detail {
/// What softmax needs of x [B, N]: its largest entry m and n = Σ_i exp(x_i − m), each [B].
template <class T>
struct softmax_sums {
    view<T, extents<dynamic, 1>> largest, sum;

    explicit softmax_sums(const view<T, extents<dynamic, 2>>& workspace)
        : largest(workspace.template slice<1>(0)), sum(workspace.template slice<1>(1)) {}
    void evaluate(auto& device, const auto& x) const {
        device(largest["bn"_i] = maximum(x["bi"_i]));
        device(sum["bn"_i] = exp(x["bi"_i] - largest["bn"_i]));
    }
    /// softmax(x) and its logarithm, as expressions.
    template <class X>
    auto value(const X& x) const {
        return exp(x - largest["bn"_i]) / sum["bn"_i];
    }
    template <class X>
    auto logarithm(const X& x) const {
        return x - largest["bn"_i] - log(sum["bn"_i]);
    }
};
}  // namespace detail

/// y[b, i] = exp(x[b, i])/Σ_j exp(x[b, j]), computed without overflow.
struct softmax {
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs; }
    static constexpr std::size_t workspace(std::size_t) { return 2; }

    static void forward(auto& device, const auto&, const auto& x, const auto& y, const auto& workspace) {
        const detail::softmax_sums sums(workspace);
        sums.evaluate(device, x);
        device(y["bi"_i] = sums.value(x["bi"_i]));
    }
    // The matrix ∂y/∂x = diag(y) − y yᵀ is symmetric: tangents and cotangents take the same way.
    static void pushforward(auto& device, const auto&, const auto& x, const auto& tx, const auto& ty, const auto& kept,
                            const auto& workspace) {
        const detail::softmax_sums sums(kept);
        const auto mean = workspace.template part<0, 1>(0);
        device(along<"n">(mean) = sums.value(x["bi"_i]) * along<"i">(tx));
        device(along<"i">(ty) = sums.value(x["bi"_i]) * (along<"i">(tx) - along<"n">(mean)));
    }
    static void pullback(auto& device, const auto& none, const auto& x, const auto& gy, const auto& gx,
                         const auto& kept, const auto& workspace) {
        pushforward(device, none, x, gy, gx, kept, workspace);
    }
};

}  // namespace apd::ext

namespace apd {
using ext::softmax;
}  // namespace apd
