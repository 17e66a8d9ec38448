#pragma once
// A view of an array in a backend's memory, and the statements that arrays with subscripts form.

#include <cstddef>
#include <type_traits>
#include <utility>

#include <apd/array/axes.hpp>
#include <apd/array/expression.hpp>
#include <apd/array/extents.hpp>

namespace apd::ext {

template <class View, class Axes>
struct indexed;

/// Pointer, shape and, for batched arrays, the number of samples and the distance between static neighbours.
///
/// A view does not own and is copied freely. Element (b, i, j) of extents<dynamic, I, J> is data[(i·J + j)·stride + b].
/// A part of an array lies in memory as the whole does, whose extents are `Whole`; it can't be cut further but by
/// `part`. With `sample_major` extents for `Whole`, (b, i, j) is data[b·stride + i·J + j]; with `unfolded` ones, which
/// `unfold` makes, the second axis is contiguous.
template <class T, class Extents, class Whole = Extents>
struct view {
    using value_type = T;
    using shape = Extents;
    static constexpr bool is_dense = std::is_same_v<Extents, Whole>;
    static constexpr bool is_unfolded = Whole::is_unfolded;
    static constexpr std::size_t batch_axis = Extents::is_batched ? 0 : Extents::rank;

    T* data = nullptr;
    std::size_t batch = 1;   ///< number of samples (1 without a run-time axis)
    std::size_t stride = 1;  ///< elements between static neighbours (1 without a run-time axis)

    /// The array with named axes, ready for an equation: `z["bo"_i] = a["bi"_i] * W["io"_i]`.
    template <named_axes Axes>
    constexpr auto operator[](Axes) const {
        static_assert(Axes::count == Extents::rank, "apd: an array takes one subscript letter per axis.");
        static_assert(!Axes::has_repeated_letter(), "apd: the subscripts of one array are different letters.");
        return indexed<view, Axes>(*this);
    }

    /// Samples [begin, begin + count).
    constexpr view rows(std::size_t begin, std::size_t count) const
        requires(Extents::is_batched && !Whole::is_sample_major && !Whole::is_unfolded) {
        return {data + begin, count, stride};
    }
    /// Rows that are the positions of sequences, [N·Length, d…], as [N, Length, d…].
    template <std::size_t Length>
    constexpr auto unfold() const requires(Extents::is_batched && !Whole::is_sample_major && !Whole::is_unfolded) {
        using unfolding = detail::unfold_rows<Extents, Whole, Length>;
        return view<T, typename unfolding::shape, typename unfolding::whole>{data, batch / Length, stride};
    }

    /// Entries [begin, begin + Count) of the first static axis.
    template <std::size_t Count>
    constexpr auto slice(std::size_t begin) const requires(is_dense&& Extents::rank > (Extents::is_batched ? 1 : 0)) {
        using part = view<T, typename detail::replace_first_static<Extents, Count>::type>;
        return part{data + begin * step(Extents::is_batched ? 1 : 0), batch, stride};
    }

    /// The last axis [N] as two, [N/Size, Size].
    template <std::size_t Size>
    constexpr auto split() const requires(is_dense&& Extents::rank > (Extents::is_batched ? 1 : 0)) {
        return view<T, typename detail::split_last<Extents, Size>::type>{data, batch, stride};
    }

    /// All entries in a row, [elements], whose number is known at run time only: one code for arrays of all shapes.
    constexpr auto flat() const requires(is_dense && !Extents::is_batched) {
        return view<T, extents<dynamic>>{data, Extents::elements, Extents::elements};
    }

    /// Entries [begin, begin + Count) of a static axis, counted from the last, which is 0.
    template <std::size_t FromLast, std::size_t Count>
    constexpr auto part(std::size_t begin) const requires(Extents::rank > FromLast + (Extents::is_batched ? 1 : 0)) {
        constexpr std::size_t axis = Extents::rank - 1 - FromLast;
        using shape_of_part = typename detail::replace_axis<Extents, axis, Count>::type;
        return view<T, shape_of_part, Whole>{data + begin * step(axis), batch, stride};
    }

    /// Of unfolded rows: a static axis [N], counted from the last, as two, [N/Size, Size].
    template <std::size_t FromLast, std::size_t Size>
    constexpr auto split_axis() const requires(is_unfolded&& Extents::rank > FromLast + 2) {
        using splitting = detail::split_unfolded<Extents, Whole, Extents::rank - 1 - FromLast, Size>;
        return view<T, typename splitting::shape, typename splitting::whole>{data, batch, stride};
    }

    /// Entry `at` of the first axis, which is dropped.
    constexpr auto operator()(std::size_t at) const requires(is_dense && !Extents::is_batched && Extents::rank > 0) {
        return view<T, typename detail::drop_first<Extents>::type>{data + at * Extents::stride(0)};
    }

    /// Whether neighbours along an axis are neighbours in memory.
    static constexpr bool is_contiguous_along(std::size_t axis) {
        if (Whole::is_unfolded) return axis == 1;
        return Extents::is_batched && !Whole::is_sample_major ? axis == 0
                                                              : axis != batch_axis && Whole::stride(axis) == 1;
    }

    constexpr std::size_t extent(std::size_t axis) const {
        return Extents::sizes[axis] == dynamic ? batch : Extents::sizes[axis];
    }
    /// Elements between neighbours along `axis`.
    constexpr std::size_t step(std::size_t axis) const {
        if constexpr (Whole::is_unfolded) return axis < 2 ? Whole::stride(axis) : Whole::stride(axis) * stride;
        else if constexpr (Whole::is_sample_major) return axis == 0 ? stride : Whole::stride(axis);
        else if constexpr (Extents::is_batched) return axis == 0 ? 1 : Whole::stride(axis) * stride;
        else return Whole::stride(axis);
    }

    /// The same along an axis that is known when it is compiled.
    template <std::size_t Axis>
    APD_HOST_DEVICE constexpr std::size_t step() const {
        constexpr std::size_t neighbours = Whole::stride(Axis);
        if constexpr (Whole::is_unfolded && Axis < 2) return neighbours;
        else if constexpr (Whole::is_sample_major && Axis == 0) return stride;
        else if constexpr (!Extents::is_batched || Whole::is_sample_major) return neighbours;
        else if constexpr (Axis == 0) return 1;
        else return neighbours * stride;
    }

    constexpr operator view<const T, Extents, Whole>() const  // NOLINT: reading needs no ceremony
        requires(!std::is_const_v<T>) {
        return {data, batch, stride};
    }
};

/// Views of several shapes, view i with the extents Shape<i>; each is without data until it is set.
template <class T, template <std::size_t> class Shape, std::size_t Count>
class view_list {
  public:
    template <std::size_t I>
    constexpr view<T, Shape<I>> at() const {
        const auto& place = places_[I];
        return {place.data, place.batch, place.stride};
    }
    template <std::size_t I>
    constexpr void set(const view<T, Shape<I>>& one) {
        places_[I] = {one.data, one.batch, one.stride};
    }

  private:
    std::array<view<T, extents<>>, Count> places_{};
};

/// `target = value` or `target += value`; letters of `value` that `target` lacks are summed over.
template <class Target, expression Value, bool Accumulate>
struct assignment {
    using scalar = typename Target::scalar;
    static constexpr bool accumulates = Accumulate;
    Target target;
    Value value;
};

/// An array with named axes: a leaf of an expression, and the left side of a statement.
template <class View, class Axes>
struct indexed : expression_base {
    using view_type = View;
    using letters = Axes;
    using scalar = std::remove_const_t<typename View::value_type>;
    View array;

    constexpr explicit indexed(View v) : array(v) {}

    APD_HOST_DEVICE constexpr std::size_t offset(const position& p) const {
        // A fold, not a loop: every place is known when it is compiled.
        return [&]<std::size_t... Axis>(std::index_sequence<Axis...>) {
            return (std::size_t{0} + ... + (p[Axes::letter(Axis)] * array.template step<Axis>()));
        }
        (std::make_index_sequence<Axes::count>{});
    }
    APD_HOST_DEVICE constexpr scalar value(const position& p) const { return array.data[offset(p)]; }

    template <class Value>
        requires(expression<Value> || std::is_arithmetic_v<Value>)
    constexpr auto operator=(const Value& v) const {  // NOLINT: forms a statement
        if constexpr (expression<Value>) return assignment<indexed, Value, false>{*this, v};
        else return *this = detail::lift<indexed>(v);
    }
    constexpr auto operator=(const indexed& v) const {  // NOLINT: forms a statement
        return assignment<indexed, indexed, false>{*this, v};
    }
    template <class Value>
        requires(expression<Value> || std::is_arithmetic_v<Value>)
    constexpr auto operator+=(const Value& v) const {
        if constexpr (expression<Value>) return assignment<indexed, Value, true>{*this, v};
        else return *this += detail::lift<indexed>(v);
    }
    constexpr indexed(const indexed&) = default;
};

}  // namespace apd::ext
