#pragma once
// The left half of what a use of components computes.

#include <cstddef>
#include <type_traits>

#include <apd/array/view.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/orientation.hpp>
#include <apd/network/stream_matrix.hpp>

namespace apd::ext {

/// What a use of components computes inside, x U_c [B, C, positions·m]. If they have rank one, x may be a residual
/// stream.
template <class U, class V, class Inner>
struct inner_products {
    U u, du;  ///< gradients without data are not wanted
    V v, dv;

    template <class Use>
    void forward(auto& device, Use, const auto& x, const Inner& inner) const {
        if constexpr (stream_place<decltype(x)>)
            x.template read<stream_part::components>(device, numbers(inner), reading<Use>());
        else
            device(split(inner)["bctr"_i] =
                       inputs_at_positions<Use, matrix>(x)["bti"_i] * Use::left(u, v)[Use::left_factor]);
    }
    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const Inner& d_inner, const GX& gx) const {
        if constexpr (stream_place<decltype(x)>) {
            x.template pull_back<stream_part::components>(device, numbers(d_inner), reading<Use>());
        } else {
            if (du.data != nullptr)
                device(Use::left(du, dv)[Use::left_factor] +=
                       inputs_at_positions<Use, matrix>(x)["bti"_i] * split(d_inner)["bctr"_i]);
            if constexpr (!std::is_same_v<GX, no_tangent>)
                device(inputs_at_positions<Use, matrix>(gx)["bti"_i] =
                           split(d_inner)["bctr"_i] * Use::left(u, v)[Use::left_factor]);
        }
    }
    /// As an array [B, C].
    static auto numbers(const Inner& array) {
        return view<T, extents<dynamic, count>>{array.data, array.batch, array.stride};
    }
    static auto split(const Inner& array) { return array.template split<rank>(); }

  private:
    using T = typename Inner::value_type;
    static constexpr std::size_t count = U::shape::sizes[0], rank = U::shape::sizes[2];
    using matrix = extents<U::shape::sizes[1], V::shape::sizes[2]>;
    template <class Use>
    auto reading() const {
        static_assert(rank == 1, "apd: only components of rank one read and write residual streams.");
        return stream_matrix<T, count, Use::template inputs<matrix>, true>{Use::left(u, v).data,
                                                                           Use::left(du, dv).data};
    }
};

}  // namespace apd::ext
