#pragma once
// The layer z = x Wᵀ: a second, transposed use of a matrix declared elsewhere in the network (tied weights).

#include <cstddef>

#include <apd/network/linear.hpp>

namespace apd::ext {

/// z[b, o] = Σ_i x[b, i] W[o, i] with the matrix of the `linear` layer of that name, at as many positions.
///
/// Example: `apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">>` is x W Wᵀ.
template <static_string Name>
struct transposed {
    using type = transposed;
    static constexpr auto name_of_matrix = Name;
};

namespace detail {
/// `transposed` once the network has found its matrix.
template <class Matrix>
struct transposed_use : matrix_layer<as_transpose> {
    using type = transposed_use;
    using matrix = Matrix;
    static constexpr std::size_t inputs = Matrix::outputs();
    static constexpr std::size_t outputs(std::size_t = inputs) { return Matrix::inputs; }
};
}  // namespace detail

template <class Matrix>
struct unnamed_layer<detail::transposed_use<Matrix>> {
    using type = detail::transposed_use<typename unnamed_layer<Matrix>::type>;
};

}  // namespace apd::ext

namespace apd {
using ext::transposed;
}  // namespace apd
