#pragma once
// The components of a site of which each sample uses a real share: the general masked use of a site.

#include <cstddef>
#include <type_traits>

#include <apd/array/elementwise.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/orientation.hpp>
#include <apd/network/stream_matrix.hpp>

namespace apd::ext {

/// Nothing is taken from masks.
struct no_share {};

/// z[b] = Σ_c (m[b, c] − d[b]) (x[b] U_c) V_c, with gradients for factors, input, mask and d. If factors have rank one,
/// x or z may be a residual stream.
template <class U, class V, class Mask, class Less, class Inner, class Source = no_share>
struct scaled_weights {
    U u, du;  ///< gradients without data are not wanted
    V v, dv;
    Mask mask, d_mask;              ///< [B, C]
    Less less, d_less;              ///< d [B], or `no_share`
    Inner inner, scaled, d_scaled;  ///< x U_c, that times m, and the gradient of the latter: [B, C, positions·m]
    Source source{};  ///< `no_share`, or [B, C]: if it has data, d_mask is of g, and ∂m/∂g = 1 − source

    template <class Use>
    void forward(auto& device, Use, const auto& x, const auto& z) const {
        if constexpr (stream_place<decltype(x)>)
            x.template read<stream_part::components>(device, numbers(inner), reading<Use>());
        else
            device(split(inner)["bctr"_i] =
                       inputs_at_positions<Use, matrix>(x)["bti"_i] * Use::left(u, v)[Use::left_factor]);
        device(scaled["bcr"_i] = inner["bcr"_i] * share());
        if constexpr (stream_place<decltype(z)>)
            z.template write<stream_part::components>(numbers(scaled), numbers(d_scaled));
        else
            device(outputs_at_positions<Use, matrix>(z)["bto"_i] =
                       split(scaled)["bctr"_i] * Use::right(u, v)[Use::right_factor]);
    }
    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        if (std::is_same_v<GX, no_tangent> && du.data == nullptr && d_mask.data == nullptr && !wants_less()) return;
        if constexpr (!stream_place<decltype(gz)>) {
            const auto g = outputs_at_positions<Use, matrix>(gz);
            device(split(d_scaled)["bctr"_i] = g["bto"_i] * Use::right(u, v)[Use::right_factor]);
            if (du.data != nullptr)
                device(Use::right(du, dv)[Use::right_factor] += split(scaled)["bctr"_i] * g["bto"_i]);
        }
        const auto d_share = inner["bcr"_i] * d_scaled["bcr"_i];
        if constexpr (has_source)
            if (d_mask.data != nullptr && source.data != nullptr)
                device(d_mask["bc"_i] += d_share * (constant(T(1)) - source["bc"_i]));
        if (d_mask.data != nullptr && is_of_mask()) device(d_mask["bc"_i] += d_share);
        if constexpr (has_less)
            if (wants_less()) device(d_less["b"_i] += d_share * -1);
        device(d_scaled["bcr"_i] = d_scaled["bcr"_i] * share());
        if constexpr (stream_place<decltype(x)>)
            return x.template pull_back<stream_part::components>(device, numbers(d_scaled), reading<Use>());
        else if (du.data != nullptr)
            device(Use::left(du, dv)[Use::left_factor] +=
                   inputs_at_positions<Use, matrix>(x)["bti"_i] * split(d_scaled)["bctr"_i]);
        if constexpr (!std::is_same_v<GX, no_tangent> && !stream_place<decltype(x)>)
            device(inputs_at_positions<Use, matrix>(gx)["bti"_i] =
                       split(d_scaled)["bctr"_i] * Use::left(u, v)[Use::left_factor]);
    }

  private:
    using T = typename Inner::value_type;
    static constexpr bool has_less = !std::is_same_v<Less, no_share>;
    static constexpr bool has_source = !std::is_same_v<Source, no_share>;
    bool is_of_mask() const {
        if constexpr (has_source) return source.data == nullptr;
        else return true;
    }
    bool wants_less() const {
        if constexpr (has_less) return d_less.data != nullptr;
        else return false;
    }
    auto share() const {
        if constexpr (has_less) return mask["bc"_i] - less["b"_i];
        else return mask["bc"_i];
    }
    static constexpr std::size_t rank = U::shape::sizes[2];
    using matrix = extents<U::shape::sizes[1], V::shape::sizes[2]>;
    static auto split(const Inner& array) { return array.template split<rank>(); }
    // At a stream: an array [B, C], and U.
    static constexpr std::size_t count = U::shape::sizes[0];
    static auto numbers(const Inner& array) {
        return view<T, extents<dynamic, count>>{array.data, array.batch, array.stride};
    }
    template <class Use>
    auto reading() const {
        static_assert(rank == 1, "apd: only components of rank one read and write residual streams.");
        return stream_matrix<T, count, Use::template inputs<matrix>, true>{Use::left(u, v).data,
                                                                           Use::left(du, dv).data};
    }
};

}  // namespace apd::ext
