#pragma once
// The components of a site of which each sample uses a real share: the general masked use of a site.

#include <type_traits>

#include <apd/array/elementwise.hpp>
#include <apd/component/drawn_mask.hpp>
#include <apd/component/inner_products.hpp>
#include <apd/component/shared_gradient.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/orientation.hpp>
#include <apd/network/stream_matrix.hpp>

namespace apd::ext {

/// In the place of d: nothing is taken from masks.
struct no_share {};

/// z[b] = Σ_c (m[b, c] − d[b]) (x[b] U_c) V_c, with gradients for factors, input, mask and d. If factors have rank one,
/// x or z may be a residual stream.
template <class U, class V, class Mask, class DMask, class Less, class Inner>
struct scaled_weights {
    U u, du;  ///< gradients without data are not wanted
    V v, dv;
    Mask mask;  ///< [B, C], or a `drawn_mask`
    shared_gradient<DMask> d_mask;
    Less less, d_less;              ///< d [B], or `no_share`
    Inner inner, scaled, d_scaled;  ///< x U_c, that times m, and the gradient of the latter: [B, C, positions·m]
    bool is_of_importance = false;  ///< of a `drawn_mask`: whether d_mask is with respect to g
    bool is_of_target = false;      ///< `inner` is there, and its gradient goes to those who have the same:
    shared_gradient<Inner> d_inner{};

    template <class Use>
    void forward(auto& device, Use, const auto& x, const auto& z) const {
        if (!is_of_target) products().forward(device, Use{}, x, inner);
        device(scaled["bcr"_i] = inner["bcr"_i] * share());
        if constexpr (stream_place<decltype(z)>)
            z.template write<stream_part::components>(left_side::numbers(scaled), left_side::numbers(d_scaled));
        else
            device(outputs_at_positions<Use, matrix>(z)["bto"_i] =
                       left_side::split(scaled)["bctr"_i] * Use::right(u, v)[Use::right_factor]);
    }
    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        if (std::is_same_v<GX, no_tangent> && du.data == nullptr && !d_mask.is_wanted() && !wants_less()) return;
        if constexpr (!stream_place<decltype(gz)>) {
            const auto g = outputs_at_positions<Use, matrix>(gz);
            device(left_side::split(d_scaled)["bctr"_i] = g["bto"_i] * Use::right(u, v)[Use::right_factor]);
            if (du.data != nullptr)
                device(Use::right(du, dv)[Use::right_factor] += left_side::split(scaled)["bctr"_i] * g["bto"_i]);
        }
        const auto d_share = inner["bcr"_i] * d_scaled["bcr"_i];
        if constexpr (is_drawn)
            if (d_mask.is_wanted() && is_of_importance) d_mask.add(device, d_share * mask.by_importance());
        if (d_mask.is_wanted() && !is_of_importance) d_mask.add(device, d_share);
        if constexpr (has_less)
            if (wants_less()) device(d_less["b"_i] += d_share * -1);
        if (is_of_target && du.data == nullptr) return;
        if (is_of_target) return d_inner.add(device, d_scaled["bcr"_i] * share());
        device(d_scaled["bcr"_i] = d_scaled["bcr"_i] * share());
        products().pullback(device, Use{}, x, d_scaled, gx);
    }

  private:
    using left_side = inner_products<U, V, Inner>;
    left_side products() const { return {u, du, v, dv}; }
    static constexpr bool has_less = !std::is_same_v<Less, no_share>;
    static constexpr bool is_drawn = requires(const Mask& m) { m.by_importance(); };
    bool wants_less() const {
        if constexpr (has_less) return d_less.data != nullptr;
        else return false;
    }
    auto share() const {
        if constexpr (has_less) return mask["bc"_i] - less["b"_i];
        else return mask["bc"_i];
    }
    using matrix = extents<U::shape::sizes[1], V::shape::sizes[2]>;
};

}  // namespace apd::ext
