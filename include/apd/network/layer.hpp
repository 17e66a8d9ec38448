#pragma once
// The concept `layer`: one stage of a network, and what the passes ask of it.

#include <algorithm>
#include <concepts>
#include <cstddef>

#include <apd/array/view.hpp>
#include <apd/core/static_string.hpp>

namespace apd::ext {

/// In the place of a tangent: it is zero. In the place of a gradient: it is not wanted.
struct no_tangent {};

/// In the place of a parameter: the layer has none.
struct no_parameter {};

/// The value of a parameter [N…] and, while a network is trained, room for its gradient (else null).
template <class T, class Shape>
struct parameter_view {
    view<const T, Shape> value;
    view<T, Shape> gradient{};
};

/// Names the axes of an activation [B, …] "b⟨Last⟩", and of K tangents or cotangents [B, K, …] "bk⟨Last⟩".
///
/// Example: `along<"i">(x)`, `along<"ti">(x.split<3>())`.
template <static_string Last, class T, class E, class Whole>
constexpr auto along(const view<T, E, Whole>& x) {
    constexpr bool is_one = E::rank == Last.size() + 1;
    static_assert(is_one || E::rank == Last.size() + 2,
                  "apd: along() names an activation [B, …] or tangents [B, K, …], one letter for each axis behind.");
    constexpr auto last = operator""_i<Last>();
    if constexpr (is_one) return x[detail::joined("b"_i, last)];
    else return x[detail::joined("bk"_i, last)];
}

/// Concept: a stage y = f(x; parameter) of a network; x is [B, d_in], y is [B, d_out].
///
/// Minimal definition:
/// * `static constexpr std::size_t outputs(std::size_t inputs)`: d_out;
/// * `forward(device, parameter, x, y)`;
/// * `pushforward(device, parameter, x, tx, ty)`: the tangents ty [B, K, d_out] of tangents tx [B, K, d_in] at x;
/// * `pullback(device, parameter, x, gy, gx)`: the gradients gx from gy, both [B, d] or both [B, K, d].
///
/// Optional: `static constexpr std::size_t inputs` (the one d_in it takes); `is_translation`: pushforward and pullback
/// would copy, and are never called; `preserves_zero`: true if zeros give zeros. A layer with a parameter has `name`
/// and `shape`, a static string and extents; `parameter` is then a `parameter_view` or, for a matrix, what a pass makes
/// of it. It has also `pullback_parameter(device, parameter, x, gy)`, which adds to the parameter's gradient, and, if
/// it shall not start at zero, a number `initial`, or `initial_deviation` of normal numbers; `is_table`, true, if its
/// two axes are not inputs and outputs, which files may hold the other way round. A layer that needs a workspace has
/// `static constexpr std::size_t workspace(std::size_t inputs)`, numbers per sample: forward gets an array [B, w] as
/// last argument, and leaves there what it likes; pushforward and pullback get it, and then one of their own, [B, w] or
/// [B, K, w].
///
/// A layer in which rows read from each other has `static constexpr std::size_t sequence_length`: rows come as whole
/// sequences of so many positions, one behind the other, and only those of a sequence depend on each other (see
/// view::unfold). All layers of a network that say a length say the same.
///
/// A network checks all of these where it is named (the functions return void).
///
/// Laws: pushforward is the derivative of forward, and pullback its transpose: Σ gy·pushforward(tx) = Σ
/// pullback(gy)·tx.
///
/// Models: linear, transposed, frozen, bias, elementwise (relu, gelu, identity), softmax, windows, append_one,
/// attention; a user's own in examples/own_parts.hpp.
template <class L>
concept layer = std::default_initializable<L> && requires(std::size_t inputs) {
    { L::outputs(inputs) } -> std::convertible_to<std::size_t>;
};

/// Concept: a layer with a parameter of its own.
template <class L>
concept parametrised_layer = layer<L> && requires {
    {L::name.view()};
    typename L::shape;
};

/// Concept: a layer that multiplies by a matrix; `matrix` is the layer that declares it.
template <class L>
concept matrix_use = layer<L> && requires {
    typename L::matrix;
    typename L::orientation;
};

/// Concept: a layer whose matrix is decomposed.
template <class L>
concept site_use = matrix_use<L> && !L::matrix::is_frozen;

/// Concept: several layers under one name, such as residual<…>: `parts`, a tuple of them.
template <class L>
concept layer_group = requires {
    typename L::parts;
};

/// A layer without its name: layers that differ in names alone share what is compiled for them. A layer of one's own
/// that has a name and often stands in a network, may specialise this for it.
template <class L>
struct unnamed_layer {
    using type = L;
};

namespace detail {
/// How many neighbouring rows a layer takes for a sequence; 1 if every row is alone.
template <class L>
inline constexpr std::size_t sequence_length = 1;
template <class L>
    requires requires { L::sequence_length; }
inline constexpr std::size_t sequence_length<L> = L::sequence_length;
}  // namespace detail

/// Concept: a layer that needs a workspace.
template <class L>
concept layer_with_workspace = layer<L> && requires {
    L::workspace(std::size_t{1});
};

}  // namespace apd::ext
