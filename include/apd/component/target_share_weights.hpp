#pragma once
// A site of which each row has the masked components and, beside them, a share of the target's matrix.

#include <type_traits>

#include <apd/network/layer.hpp>
#include <apd/network/orientation.hpp>
#include <apd/network/stream_matrix.hpp>

namespace apd::ext {

/// z[b] = masked(x[b]) + s[b] x[b] W, for W of the target, for which nothing is learned. x or z may be a residual
/// stream.
///
/// A share d of what the components leave of W, Δ = W − Σ_c P_c, is such a share of W where components have masks m −
/// d: Σ_c m_c x P_c + d x Δ = Σ_c (m_c − d) x P_c + d x W. So Δ is never multiplied by, nor is a gradient with respect
/// to it.
template <class Masked, class Matrix, class Share, class DShare, class Whole>
struct target_share_weights {
    Masked masked;
    Matrix w;                       ///< [d_in, d_out]
    Share share;                    ///< s [B], an expression in b
    DShare d_share;                 ///< [B]; without data it is not wanted
    Whole whole, d_whole;           ///< x W, and the gradient with respect to it; where z is a stream, the same of s x
    bool has_target_input = false;  ///< x is the target's: x W is there, unless z is a stream, and x needs no gradient

    template <class Use>
    void forward(auto& device, Use use, const auto& x, const auto& z) const {
        masked.forward(device, use, x, z);
        if constexpr (stream_place<decltype(z)>) {
            device(whole["bi"_i] = x["bi"_i] * share);
            return z.template write<stream_part::target>(whole, d_whole);
        } else {
            const auto whole_at = outputs_at_positions<Use, matrix>(whole);
            if (!has_target_input) {
                if constexpr (stream_place<decltype(x)>)
                    x.template read<stream_part::target>(device, whole, reading<Use>());
                else device(whole_at["bto"_i] = inputs_at_positions<Use, matrix>(x)["bti"_i] * w[Use::matrix]);
            }
            device(outputs_at_positions<Use, matrix>(z)["bto"_i] += whole_at["bto"_i] * share);
        }
    }
    template <class Use, class GX>
    void pullback(auto& device, Use use, const auto& x, const auto& gz, const GX& gx) const {
        masked.pullback(device, use, x, gz, gx);
        constexpr bool gives_input = !std::is_same_v<GX, no_tangent>;
        if constexpr (stream_place<decltype(gz)>) {
            if (d_share.data != nullptr) device(d_share["b"_i] += x["bi"_i] * d_whole["bi"_i]);
            if constexpr (gives_input) device(gx["bi"_i] += d_whole["bi"_i] * share);
        } else {
            const auto g = outputs_at_positions<Use, matrix>(gz);
            if (d_share.data != nullptr)
                device(d_share["b"_i] += outputs_at_positions<Use, matrix>(whole)["bto"_i] * g["bto"_i]);
            if (has_target_input) return;
            if constexpr (gives_input || stream_place<decltype(x)>) {
                const auto d_whole_at = outputs_at_positions<Use, matrix>(d_whole);
                device(d_whole_at["bto"_i] = g["bto"_i] * share);
                if constexpr (stream_place<decltype(x)>)
                    x.template pull_back<stream_part::target>(device, d_whole, reading<Use>());
                else device(inputs_at_positions<Use, matrix>(gx)["bti"_i] += d_whole_at["bto"_i] * w[Use::matrix]);
            }
        }
    }

  private:
    using matrix = typename Matrix::shape;
    template <class Use>
    auto reading() const {
        return stream_matrix<std::remove_const_t<typename Matrix::value_type>, Use::template outputs<matrix>,
                             Use::template inputs<matrix>, std::is_same_v<Use, as_transpose>>{w.data};
    }
};

}  // namespace apd::ext
