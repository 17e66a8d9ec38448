#pragma once
// The concept `layer`: one stage of a network, and what the passes ask of it.

#include <concepts>
#include <cstddef>

#include <apd/array/view.hpp>

namespace apd {

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

namespace detail {
template <char Last>
inline constexpr static_string<3> sample_letters = [] {
    static_string<3> letters{"b?"};
    letters.text[1] = Last;
    return letters;
}();
template <char Last>
inline constexpr static_string<4> tangent_letters = [] {
    static_string<4> letters{"bk?"};
    letters.text[2] = Last;
    return letters;
}();
}  // namespace detail

/// Names the axes of an activation [B, d] "b⟨Last⟩", and of K tangents or cotangents [B, K, d] "bk⟨Last⟩".
template <char Last, class T, class E>
constexpr auto along(const view<T, E>& x) {
    static_assert(E::rank == 2 || E::rank == 3, "apd: along() names an activation [B, d] or tangents [B, K, d].");
    if constexpr (E::rank == 2) return x[axes<detail::sample_letters<Last>>{}];
    else return x[axes<detail::tangent_letters<Last>>{}];
}

/// Concept: a stage y = f(x; parameter) of a network; x is [B, d_in], y is [B, d_out].
///
/// Minimal definition:
/// * `static constexpr std::size_t outputs(std::size_t inputs)`: d_out;
/// * `forward(device, parameter, x, y)`;
/// * `pushforward(device, parameter, x, tx, ty)`: the tangents ty [B, K, d_out] of tangents tx [B, K, d_in] at x;
/// * `pullback(device, parameter, x, gy, gx)`: the gradients gx from gy, both [B, d] or both [B, K, d].
///
/// Optional: `static constexpr std::size_t inputs` (the one d_in it takes); `keeps_tangents`: pushforward and pullback
/// would copy, and are never called. A layer with a parameter has `name` and `shape`, a static string and extents;
/// `parameter` is then a `parameter_view` or, for a site, what a pass makes of it. To be trained it has also
/// `pullback_parameter(device, parameter, x, gy)`, which adds to the parameter's gradient, and, if that shall not start
/// at zero, a number `initial`.
///
/// Laws: pushforward is the derivative of forward, and pullback its transpose: Σ gy·pushforward(tx) = Σ
/// pullback(gy)·tx.
///
/// Models: linear, transposed, bias, elementwise (relu, gelu, identity); a user's own in examples/custom_architecture.
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

/// Concept: a layer that multiplies by a matrix which is decomposed.
template <class L>
concept site_use = layer<L> && requires {
    typename L::site;
    typename L::orientation;
};

}  // namespace apd
