#pragma once
// How layers meet a residual stream: what stands in the place of an array there, and the matrices that write and read
// it.

#include <cstddef>
#include <type_traits>

#include <apd/array/view.hpp>

namespace apd::ext {

/// What stands in the place of an array at a stream; see `residual_streams`.
template <class Place>
concept stream_place = std::remove_cvref_t<Place>::is_stream;

/// How a layer writes to a stream or reads it: by its components, or by the whole matrix of the target; or how somebody
/// else reads who is given the same.
enum class stream_part { components, target, other };

/// A matrix between N numbers and a stream: [N, Width] in memory, or [Width, N]. Gradients without data are not wanted.
template <class T, std::size_t N, std::size_t Width, bool NumbersFirst>
struct stream_matrix {
    static constexpr std::size_t numbers = N;
    const T* value;
    T* gradient = nullptr;

    /// As M [k, i], and as R [i, o].
    auto written() const { return in_order(value, "ki"_i, "ik"_i); }
    auto written_gradient() const { return in_order(gradient, "ki"_i, "ik"_i); }
    auto read() const { return in_order(value, "oi"_i, "io"_i); }
    auto read_gradient() const { return in_order(gradient, "oi"_i, "io"_i); }

  private:
    static auto in_order(auto* data, auto numbers_first, auto width_first) {
        using E = std::remove_pointer_t<decltype(data)>;
        if constexpr (NumbersFirst) return view<E, extents<N, Width>>{data}[numbers_first];
        else return view<E, extents<Width, N>>{data}[width_first];
    }
};

}  // namespace apd::ext
