#pragma once
// Which way round a use multiplies by its site's matrix: x W or x Wᵀ, as subscripts.

#include <cstddef>

#include <apd/array/axes.hpp>

namespace apd::ext {

/// z = x W: inputs are the rows of W. Factors: x U V.
struct as_declared {
    static constexpr auto matrix = "io"_i;
    static constexpr auto directions = "kio"_i;
    static constexpr auto components = "cio"_i;
    static constexpr auto left_factor = "cir"_i;
    static constexpr auto right_factor = "cro"_i;
    static constexpr auto left(const auto& u, const auto&) { return u; }
    static constexpr auto right(const auto&, const auto& v) { return v; }
    /// Inputs and outputs at one position, of a matrix [d_in, d_out].
    template <class Matrix>
    static constexpr std::size_t inputs = Matrix::sizes[0];
    template <class Matrix>
    static constexpr std::size_t outputs = Matrix::sizes[1];
};

/// z = x Wᵀ: inputs are the columns of W. Factors: x Vᵀ Uᵀ.
struct as_transpose {
    static constexpr auto matrix = "oi"_i;
    static constexpr auto directions = "koi"_i;
    static constexpr auto components = "coi"_i;
    static constexpr auto left_factor = "cri"_i;
    static constexpr auto right_factor = "cor"_i;
    static constexpr auto left(const auto&, const auto& v) { return v; }
    static constexpr auto right(const auto& u, const auto&) { return u; }
    template <class Matrix>
    static constexpr std::size_t inputs = Matrix::sizes[1];
    template <class Matrix>
    static constexpr std::size_t outputs = Matrix::sizes[0];
};

/// What a use of a matrix is given, and what it gives, position by position: […, positions, d_in] and […, positions,
/// d_out].
template <class Use, class Matrix>
constexpr auto inputs_at_positions(const auto& x) {
    return x.template split<Use::template inputs<Matrix>>();
}
template <class Use, class Matrix>
constexpr auto outputs_at_positions(const auto& z) {
    return z.template split<Use::template outputs<Matrix>>();
}

/// A layer that leaves all arithmetic to what a pass puts in the place of its matrix (`dense_weights`, …).
template <class Orientation>
struct matrix_layer {
    using orientation = Orientation;
    static void forward(auto& device, const auto& weights, const auto& x, const auto& y) {
        weights.forward(device, Orientation{}, x, y);
    }
    static void pushforward(auto& device, const auto& weights, const auto& x, const auto& tx, const auto& ty) {
        weights.pushforward(device, Orientation{}, x, tx, ty);
    }
    static void pullback(auto& device, const auto& weights, const auto& x, const auto& gy, const auto& gx) {
        weights.pullback(device, Orientation{}, x, gy, gx);
    }
};

}  // namespace apd::ext
