#pragma once
// The shape of an array as a type: static sizes, and at most one run-time size, the first ("batch").

#include <array>
#include <cstddef>
#include <utility>

namespace apd::ext {

/// Marks the one size that is known only at run time; legal as the first extent alone.
inline constexpr std::size_t dynamic = static_cast<std::size_t>(-1);

/// A shape: `extents<dynamic, 50, 40>` is [B, 50, 40]; `extents<>` is a scalar.
///
/// Memory order: the run-time axis is contiguous (neighbouring samples are neighbours in memory), the static axes
/// follow in row-major order. An array without a run-time axis is plain row-major.
template <std::size_t... Sizes>
struct extents {
    static constexpr std::size_t rank = sizeof...(Sizes);
    static constexpr std::array<std::size_t, rank> sizes{Sizes...};
    /// Neighbouring samples are neighbours in memory; else, see `sample_major` and `unfolded`.
    static constexpr bool is_sample_major = false;
    static constexpr bool is_unfolded = false;
    static constexpr bool is_batched = [] {
        if constexpr (rank == 0) return false;
        else return sizes[0] == dynamic;
    }();

    /// The number of elements per sample (the product of the static sizes).
    static constexpr std::size_t elements = [] {
        std::size_t product = 1;
        for (std::size_t axis = is_batched ? 1 : 0; axis < rank; ++axis) product *= sizes[axis];
        return product;
    }();

    /// The distance in memory between neighbours along `axis`, in units of the batch stride for batched arrays.
    static constexpr std::size_t stride(std::size_t axis) {
        std::size_t product = 1;
        for (std::size_t next = axis + 1; next < rank; ++next) product *= sizes[next];
        return product;
    }

    static_assert(
        [] {
            for (std::size_t axis = 1; axis < rank; ++axis)
                if (sizes[axis] == dynamic) return false;
            return true;
        }(),
        "apd::extents: only the first size may be known at run time alone (dynamic).");
};

/// As the `Whole` of a view: sample lies after sample in memory, the static axes of each in row-major order.
template <class Extents>
struct sample_major : Extents {
    static_assert(Extents::is_batched, "apd::ext::sample_major: without a run-time axis there is no sample.");
    static constexpr bool is_sample_major = true;
};

/// As the `Whole` of a view [N, length, d…] of rows that lie sequence after sequence, [N·length, d…]: the positions of
/// a sequence are neighbours in memory. Strides: of the run-time axis the length, of positions 1, of the others in
/// units of the distance between static neighbours.
template <std::size_t... Strides>
struct unfolded {
    static constexpr std::size_t rank = sizeof...(Strides);
    static constexpr bool is_sample_major = false;
    static constexpr bool is_unfolded = true;
    static constexpr std::size_t stride(std::size_t axis) { return std::array{Strides...}[axis]; }
};

namespace detail {
template <class E, class Whole, std::size_t Length>
struct unfold_rows;
template <std::size_t... Rest, class Whole, std::size_t Length>
struct unfold_rows<extents<dynamic, Rest...>, Whole, Length> {
    using shape = extents<dynamic, Length, Rest...>;
    using whole = decltype([]<std::size_t... I>(std::index_sequence<I...>) {
        return unfolded<Length, 1, Whole::stride(I + 1)...>{};
    }(std::make_index_sequence<sizeof...(Rest)>{}));
};
// Axis `Axis` of an unfolded shape as two, the second of Size.
template <class E, class Whole, std::size_t Axis, std::size_t Size>
struct split_unfolded {
    static_assert(E::sizes[Axis] % Size == 0, "apd: an axis is no whole number of parts.");
    static constexpr std::size_t size(std::size_t axis) {
        if (axis == Axis) return E::sizes[Axis] / Size;
        return axis == Axis + 1 ? Size : E::sizes[axis < Axis ? axis : axis - 1];
    }
    static constexpr std::size_t stride(std::size_t axis) {
        if (axis == Axis) return Whole::stride(Axis) * Size;
        return Whole::stride(axis < Axis ? axis : axis - 1);
    }
    static constexpr auto both = []<std::size_t... I>(std::index_sequence<I...>) {
        return std::pair<extents<size(I)...>, unfolded<stride(I)...>>{};
    }
    (std::make_index_sequence<E::rank + 1>{});
    using shape = typename decltype(both)::first_type;
    using whole = typename decltype(both)::second_type;
};
template <class E, std::size_t New>
struct replace_first_static;
template <std::size_t First, std::size_t... Rest, std::size_t New>
struct replace_first_static<extents<First, Rest...>, New> {
    using type = extents<New, Rest...>;
};
template <std::size_t First, std::size_t... Rest, std::size_t New>
struct replace_first_static<extents<dynamic, First, Rest...>, New> {
    using type = extents<dynamic, New, Rest...>;
};
template <class E, std::size_t Part, class Front = extents<>>
struct split_last;
template <std::size_t Last, std::size_t Part, std::size_t... Front>
struct split_last<extents<Last>, Part, extents<Front...>> {
    static_assert(Last % Part == 0, "apd: split<D>() of an axis that is no whole number of parts.");
    using type = extents<Front..., Last / Part, Part>;
};
template <std::size_t First, std::size_t Next, std::size_t... Rest, std::size_t Part, std::size_t... Front>
struct split_last<extents<First, Next, Rest...>, Part, extents<Front...>>
    : split_last<extents<Next, Rest...>, Part, extents<Front..., First>> {};
template <class E, std::size_t Axis, std::size_t New, class Front = extents<>>
struct replace_axis;
template <std::size_t First, std::size_t... Rest, std::size_t Axis, std::size_t New, std::size_t... Front>
struct replace_axis<extents<First, Rest...>, Axis, New, extents<Front...>>
    : replace_axis<extents<Rest...>, Axis - 1, New, extents<Front..., First>> {};
template <std::size_t First, std::size_t... Rest, std::size_t New, std::size_t... Front>
struct replace_axis<extents<First, Rest...>, 0, New, extents<Front...>> {
    using type = extents<Front..., New, Rest...>;
};
template <class E>
struct drop_first;
template <std::size_t First, std::size_t... Rest>
struct drop_first<extents<First, Rest...>> {
    using type = extents<Rest...>;
};
}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::dynamic, ext::extents;
}  // namespace apd
