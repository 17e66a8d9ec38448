#pragma once
// What a pass puts in the place of a site's matrix: the whole matrix, or the matrix and a direction for each tangent.

#include <cstddef>
#include <type_traits>

#include <apd/network/layer.hpp>
#include <apd/network/orientation.hpp>
#include <apd/network/stream_matrix.hpp>

namespace apd::ext {

/// A matrix W [d_in, d_out] as it is: z = x W (or x Wᵀ), at every position t. Of the target, x or z may be a residual
/// stream.
template <class T, class Shape>
struct dense_weights {
    view<const T, Shape> value;
    view<T, Shape> gradient{};  ///< null where it is not wanted; only one cotangent gives one

    template <class Use>
    void forward(auto& device, Use, const auto& x, const auto& z) const {
        if constexpr (stream_place<decltype(z)>) z.write_whole(x);
        else if constexpr (stream_place<decltype(x)>) x.template read<stream_part::target>(device, z, in_stream<Use>());
        else
            device(outputs_at_positions<Use, Shape>(z)["bto"_i] =
                       inputs_at_positions<Use, Shape>(x)["bti"_i] * value[Use::matrix]);
    }
    template <class Use>
    void pushforward(auto& device, Use, const auto&, const auto& tx, const auto& tz) const {
        device(along<"to">(outputs_at_positions<Use, Shape>(tz)) =
                   along<"ti">(inputs_at_positions<Use, Shape>(tx)) * value[Use::matrix]);
    }
    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        if constexpr (stream_place<decltype(gz)>) return;  // gx is there: it is that of what was written
        else if constexpr (stream_place<decltype(x)>)
            return x.template pull_back<stream_part::target>(device, gz, in_stream<Use>());
        else pull_back(device, Use{}, x, gz, gx);
    }

  private:
    template <class Use>
    auto in_stream() const {
        return stream_matrix<T, Use::template outputs<Shape>, Use::template inputs<Shape>,
                             std::is_same_v<Use, as_transpose>>{value.data};
    }
    template <class Use, class GX>
    void pull_back(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        if constexpr (std::remove_cvref_t<decltype(gz)>::shape::rank == 2) {
            if (gradient.data != nullptr)
                device(gradient[Use::matrix] +=
                       inputs_at_positions<Use, Shape>(x)["bti"_i] * outputs_at_positions<Use, Shape>(gz)["bto"_i]);
        }
        if constexpr (!std::is_same_v<GX, no_tangent>)
            device(along<"ti">(inputs_at_positions<Use, Shape>(gx)) =
                       along<"to">(outputs_at_positions<Use, Shape>(gz)) * value[Use::matrix]);
    }
};

/// One of two kinds of weights, chosen while the program runs.
template <class First, class Second>
struct either_weights {
    bool is_first;
    First first;
    Second second;

    template <class Use>
    void forward(auto& device, Use use, const auto& x, const auto& z) const {
        if (is_first) first.forward(device, use, x, z);
        else second.forward(device, use, x, z);
    }
    template <class Use>
    void pullback(auto& device, Use use, const auto& x, const auto& gz, const auto& gx) const {
        if (is_first) first.pullback(device, use, x, gz, gx);
        else second.pullback(device, use, x, gz, gx);
    }
};

/// A matrix W and K directions P [K, d_in, d_out]: tangent k of z is tx_k W + x P_k, at every position t; tx_k W where
/// no direction is given.
template <class T, class Shape, class Directions>
struct directed_weights {
    view<const T, Shape> value;
    view<const T, Directions> direction{};
    view<T, Directions> gradient{};  ///< of the directions, [K, d_in, d_out]

    template <class Use, class TX>
    void pushforward(auto& device, Use, const auto& x, const TX& tx, const auto& tz) const {
        constexpr std::size_t in = Use::template inputs<Shape>, out = Use::template outputs<Shape>;
        const auto sum = tz.template split<out>();
        if (direction.data != nullptr)
            device(sum["bkto"_i] = x.template split<in>()["bti"_i] * direction[Use::directions]);
        else device(sum["bkto"_i] = T(0));
        if constexpr (!std::is_same_v<TX, no_tangent>)
            device(sum["bkto"_i] += tx.template split<in>()["bkti"_i] * value[Use::matrix]);
    }
    /// The transpose of pushforward: gradients of the directions and of the tangents tx.
    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        constexpr std::size_t in = Use::template inputs<Shape>, out = Use::template outputs<Shape>;
        const auto g = gz.template split<out>();
        if (gradient.data != nullptr)
            device(gradient[Use::directions] += x.template split<in>()["bti"_i] * g["bkto"_i]);
        if constexpr (!std::is_same_v<GX, no_tangent>)
            device(gx.template split<in>()["bkti"_i] = g["bkto"_i] * value[Use::matrix]);
    }
};

}  // namespace apd::ext
