#pragma once
// What a pass puts in the place of a site's matrix: the whole matrix, or the matrix and a direction for each tangent.

#include <cstddef>
#include <type_traits>

#include <apd/network/layer.hpp>
#include <apd/network/orientation.hpp>

namespace apd {

/// A matrix W [d_in, d_out] as it is: z = x W (or x Wᵀ).
template <class T, class Shape>
struct dense_weights {
    view<const T, Shape> value;
    view<T, Shape> gradient{};  ///< null where it is not wanted; only one cotangent gives one

    template <class Use>
    void forward(auto& device, Use, const auto& x, const auto& z) const {
        device(z["bo"_i] = x["bi"_i] * value[Use::matrix]);
    }
    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        if constexpr (std::remove_cvref_t<decltype(gz)>::shape::rank == 2) {
            if (gradient.data != nullptr) device(gradient[Use::matrix] += x["bi"_i] * gz["bo"_i]);
        }
        if constexpr (!std::is_same_v<GX, no_tangent>) device(along<'i'>(gx) = along<'o'>(gz) * value[Use::matrix]);
    }
};

/// A matrix W and K directions P [K, d_in, d_out]: tangent k of z is tx_k W + x P_k.
template <class T, class Shape, class Directions>
struct directed_weights {
    view<const T, Shape> value;
    view<const T, Directions> direction;
    view<T, Directions> gradient{};  ///< of the directions, [K, d_in, d_out]

    template <class Use, class TX>
    void pushforward(auto& device, Use, const auto& x, const TX& tx, const auto& tz) const {
        device(tz["bko"_i] = x["bi"_i] * direction[Use::directions]);
        if constexpr (!std::is_same_v<TX, no_tangent>) device(tz["bko"_i] += tx["bki"_i] * value[Use::matrix]);
    }
    /// The transpose of pushforward: gradients of the directions and of the tangents tx.
    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        device(gradient[Use::directions] += x["bi"_i] * gz["bko"_i]);
        if constexpr (!std::is_same_v<GX, no_tangent>) device(gx["bki"_i] = gz["bko"_i] * value[Use::matrix]);
    }
};

}  // namespace apd
