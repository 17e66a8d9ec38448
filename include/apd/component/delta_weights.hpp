#pragma once
// A site whose components leave a part of its matrix: the masked components, and a share of that part.

#include <type_traits>

#include <apd/network/layer.hpp>
#include <apd/network/orientation.hpp>
#include <apd/network/stream_matrix.hpp>

namespace apd::ext {

/// z[b] = masked(x[b]) + d[b] x[b] Δ, with Δ = W − S what the components leave of the target: a subcomponent of full
/// rank that nothing is learned for. Its gradient is that of the sum S of the components with the other sign. x or z
/// may be a residual stream, to which Δ is `Part` of how the site writes and reads.
template <stream_part Part, class Masked, class Delta, class Share, class Whole>
struct delta_weights {
    Masked masked;
    using gradient_view = view<std::remove_const_t<typename Delta::value_type>, typename Delta::shape>;
    Delta delta;                 ///< [d_in, d_out]
    gradient_view sum_gradient;  ///< ∂loss/∂S [d_in, d_out]; gradients without data are not wanted
    Share share, d_share;        ///< d [B, 1]
    Whole whole, d_whole;        ///< x Δ, and the gradient with respect to it; where z is a stream, the same of d x

    template <class Use>
    void forward(auto& device, Use use, const auto& x, const auto& z) const {
        masked.forward(device, use, x, z);
        if constexpr (stream_place<decltype(z)>) {
            device(whole["bi"_i] = x["bi"_i] * share["bs"_i]);
            return z.template write<Part>(whole, d_whole);
        } else {
            const auto whole_at = outputs_at_positions<Use, matrix>(whole);
            if constexpr (stream_place<decltype(x)>) x.template read<Part>(device, whole, reading<Use>());
            else device(whole_at["bto"_i] = inputs_at_positions<Use, matrix>(x)["bti"_i] * delta[Use::matrix]);
            device(outputs_at_positions<Use, matrix>(z)["bto"_i] += whole_at["bto"_i] * share["bs"_i]);
        }
    }
    template <class Use, class GX>
    void pullback(auto& device, Use use, const auto& x, const auto& gz, const GX& gx) const {
        masked.pullback(device, use, x, gz, gx);
        constexpr bool gives_input = !std::is_same_v<GX, no_tangent>;
        if constexpr (stream_place<decltype(gz)>) {
            if (d_share.data != nullptr) device(d_share["bs"_i] += x["bi"_i] * d_whole["bi"_i]);
            if constexpr (gives_input) device(gx["bi"_i] += d_whole["bi"_i] * share["bs"_i]);
        } else if (gives_input || sum_gradient.data != nullptr || d_share.data != nullptr) {
            pull_back(device, use, x, gz, gx);
        }
    }

  private:
    using matrix = typename Delta::shape;

    template <class Use, class GX>
    void pull_back(auto& device, Use use, const auto& x, const auto& gz, const GX& gx) const {
        const auto g = outputs_at_positions<Use, matrix>(gz);
        const auto d_whole_at = outputs_at_positions<Use, matrix>(d_whole);
        if (d_share.data != nullptr)
            device(d_share["bs"_i] += outputs_at_positions<Use, matrix>(whole)["bto"_i] * g["bto"_i]);
        device(d_whole_at["bto"_i] = g["bto"_i] * share["bs"_i]);
        if constexpr (stream_place<decltype(x)>) return x.template pull_back<Part>(device, d_whole, reading<Use>());
        else pull_back_product(device, use, x, gx);
    }
    template <class Use, class GX>
    void pull_back_product(auto& device, Use, const auto& x, const GX& gx) const {
        const auto d_whole_at = outputs_at_positions<Use, matrix>(d_whole);
        if constexpr (!std::is_same_v<GX, no_tangent>)
            device(inputs_at_positions<Use, matrix>(gx)["bti"_i] += d_whole_at["bto"_i] * delta[Use::matrix]);
        if (sum_gradient.data != nullptr) {
            device(d_whole_at["bto"_i] = d_whole_at["bto"_i] * -1);  // ∂/∂S, apart: a plain product is faster
            device(sum_gradient[Use::matrix] += inputs_at_positions<Use, matrix>(x)["bti"_i] * d_whole_at["bto"_i]);
        }
    }
    template <class Use>
    auto reading() const {
        return stream_matrix<typename gradient_view::value_type, Use::template outputs<matrix>,
                             Use::template inputs<matrix>, std::is_same_v<Use, as_transpose>>{delta.data,
                                                                                              sum_gradient.data, true};
    }
};

}  // namespace apd::ext
