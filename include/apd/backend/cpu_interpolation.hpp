#pragma once
// Functions of one number on the CPU, read off polynomials through a few of their values.

#include <apd/core/intrinsics.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>
#include <type_traits>
#include <utility>

namespace apd::ext::detail {

/// The range of some numbers x, cut into pieces of equal width: in each a function is the polynomial of degree 7
/// through its values at eight Chebyshev nodes, which are those of all pieces one after the other.
template <class T>
struct interpolation_pieces {
    static constexpr std::size_t nodes = 8;  // of a piece
    static constexpr std::size_t most = 32;
    std::size_t count;
    T lowest;
    T per_width;  // 1/width

    /// The nodes of a piece as t, from −1 to 1 over it.
    static const std::array<double, nodes>& of_a_piece() {
        static const std::array<double, nodes> all = [] {
            std::array<double, nodes> t{};
            for (std::size_t k = 0; k < nodes; ++k)
                t[k] = -std::cos(std::numbers::pi * (static_cast<double>(k) + 0.5) / static_cast<double>(nodes));
            return t;
        }();
        return all;
    }
    struct place {
        std::int32_t piece;
        T t;
    };
    place place_of(T x) const {
        const T along = (x - lowest) * per_width;
        const std::int32_t last = static_cast<std::int32_t>(count) - 1;
        const std::int32_t piece = std::min(static_cast<std::int32_t>(along), last);
        return {piece, T(2) * (along - static_cast<T>(piece)) - T(1)};
    }
};

/// Half the width of the pieces that do for a function whose eighth derivative is nowhere larger than `bound`: the
/// polynomial is off by bound · r⁸/(8! 2⁷) at most, which is to be two roundings.
template <class T>
double interpolation_radius(T bound) {
    constexpr double divisor = 40320.0 * 128;
    return std::pow(2.0 * std::numeric_limits<T>::epsilon() * divisor / static_cast<double>(bound), 1.0 / 8);
}

/// The smallest and the largest of some numbers; NaN, if one is not finite.
template <class T>
std::pair<T, T> range_of(const T* x, std::size_t size) {
    constexpr std::size_t lanes = 16;
    T low[lanes], high[lanes], none[lanes]{};
    std::fill(low, low + lanes, x[0]), std::fill(high, high + lanes, x[0]);
    const auto widen = [&](std::size_t lane, T number) {
        low[lane] = number < low[lane] ? number : low[lane];
        high[lane] = number > high[lane] ? number : high[lane];
        none[lane] += number * T(0);
    };
    const std::size_t whole = size / lanes * lanes;
    for (std::size_t b = 0; b < whole; b += lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane) widen(lane, x[b + lane]);
    for (std::size_t b = whole; b < size; ++b) widen(b - whole, x[b]);
    const T nothing = std::accumulate(none, none + lanes, T(0));
    return {*std::min_element(low, low + lanes) + nothing, *std::max_element(high, high + lanes) + nothing};
}

/// Where pieces begin, and how wide they are, for functions f_c of numbers x[:, c] whose eighth derivatives are at most
/// bound[c]. Writes to ranges [2, C] what `interpolation_pieces` are, and returns how many pieces there are, the same
/// for all; 0 if there would be more than `most`, or if a number is not finite.
template <class T, std::size_t C>
std::size_t cut_into_pieces(const std::array<std::pair<T, T>, C>& range, const T* bound, T* ranges, std::size_t most) {
    if (most == 0) return 0;
    double count = 1;
    for (std::size_t c = 0; c < C; ++c) {
        const auto [low, high] = range[c];
        const double radius = interpolation_radius(bound[c]);
        const double needed = std::ceil(static_cast<double>(high - low) / (2 * radius));
        if (!(needed <= static_cast<double>(most))) return 0;
        count = std::max(count, needed);
        ranges[c] = low;
        // Never so narrow that the values at its nodes differ by less than they are rounded.
        ranges[C + c] = std::max(high - low, std::isfinite(radius) ? static_cast<T>(radius) : T(1));
    }
    for (std::size_t c = 0; c < C; ++c) ranges[C + c] = static_cast<T>(count) / ranges[C + c];
    return static_cast<std::size_t>(count);
}

/// From eight values at the nodes of a piece to the polynomial through them, by way of Chebyshev polynomials: those of
/// a smooth function count the less, the higher they are, so that what is rounded of the large numbers below does not
/// matter.
template <class T>
struct polynomial_of_values {
    static constexpr std::size_t nodes = interpolation_pieces<T>::nodes;
    using square = std::array<std::array<T, nodes>, nodes>;
    square shares;  ///< [j][k]: what value k adds to the coefficient of T_j
    square powers;  ///< [j][m]: the coefficient of tᵐ in T_j

    static const polynomial_of_values& known() {
        static const polynomial_of_values all = [] {
            polynomial_of_values made{};
            const auto& t = interpolation_pieces<T>::of_a_piece();
            for (std::size_t j = 0; j < nodes; ++j)
                for (std::size_t k = 0; k < nodes; ++k)
                    made.shares[j][k] = static_cast<T>((j == 0 ? 1.0 : 2.0) / nodes *
                                                       std::cos(static_cast<double>(j) * std::acos(t[k])));
            made.powers[0][0] = made.powers[1][1] = T(1);
            for (std::size_t j = 2; j < nodes; ++j)  // T_j = 2 t T_{j−1} − T_{j−2}
                for (std::size_t m = 0; m < nodes; ++m)
                    made.powers[j][m] = (m > 0 ? 2 * made.powers[j - 1][m - 1] : T(0)) - made.powers[j - 2][m];
            return made;
        }();
        return all;
    }
    std::array<T, nodes> of(const T* values) const {
        std::array<T, nodes> polynomial{};
        for (std::size_t j = 0; j < nodes; ++j) {
            T sum = 0;
            for (std::size_t k = 0; k < nodes; ++k) sum += shares[j][k] * values[k];
            for (std::size_t m = 0; m < nodes; ++m) polynomial[m] += sum * powers[j][m];
        }
        return polynomial;
    }
    /// The adjoint: from gradients by coefficients to those by values.
    void give_back(const std::array<T, nodes>& gradient, T* values) const {
        std::fill(values, values + nodes, T(0));
        for (std::size_t j = 0; j < nodes; ++j) {
            T sum = 0;
            for (std::size_t m = 0; m < nodes; ++m) sum += gradient[m] * powers[j][m];
            for (std::size_t k = 0; k < nodes; ++k) values[k] += sum * shares[j][k];
        }
    }
};

/// y[b] = f(x[b]) and slope[b] = f′(x[b]), from the values of f at all nodes.
template <class T>
void interpolate(const interpolation_pieces<T>& pieces, const T* values, const T* x, std::size_t size, T* y, T* slope) {
    constexpr std::size_t nodes = interpolation_pieces<T>::nodes, most = interpolation_pieces<T>::most;
    T table[nodes][most]{};  // [m][piece], of tᵐ
    const auto& polynomials = polynomial_of_values<T>::known();
    for (std::size_t p = 0; p < pieces.count; ++p) {
        const auto polynomial = polynomials.of(values + p * nodes);
        for (std::size_t m = 0; m < nodes; ++m) table[m][p] = polynomial[m];
    }
    const T steepness = T(2) * pieces.per_width;  // dt/dx
    std::size_t b = 0;
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<T, float>) {
        // The table lies in registers, from which every lane picks its piece.
        __m512 low[nodes], high[nodes];
        for (std::size_t m = 0; m < nodes; ++m)
            low[m] = _mm512_loadu_ps(table[m]), high[m] = _mm512_loadu_ps(table[m] + 16);
        const __m512i last = _mm512_set1_epi32(static_cast<int>(pieces.count) - 1);
        const __m512 lowest = _mm512_set1_ps(pieces.lowest), per_width = _mm512_set1_ps(pieces.per_width);
        const auto run = [&](const auto& pick) {
            for (; b + 16 <= size; b += 16) {
                const __m512 along = _mm512_mul_ps(_mm512_sub_ps(_mm512_loadu_ps(x + b), lowest), per_width);
                const __m512i piece = _mm512_min_epi32(_mm512_cvttps_epi32(along), last);
                const __m512 t = _mm512_fmsub_ps(_mm512_sub_ps(along, _mm512_cvtepi32_ps(piece)), _mm512_set1_ps(2),
                                                 _mm512_set1_ps(1));
                __m512 derivative = pick(7, piece), value = _mm512_fmadd_ps(derivative, t, pick(6, piece));
                for (std::size_t m = 6; m-- > 0;) {
                    derivative = _mm512_fmadd_ps(derivative, t, value);
                    value = _mm512_fmadd_ps(value, t, pick(m, piece));
                }
                _mm512_storeu_ps(y + b, value);
                _mm512_storeu_ps(slope + b, _mm512_mul_ps(derivative, _mm512_set1_ps(steepness)));
            }
        };
        if (pieces.count <= 16) run([&](std::size_t m, __m512i piece) { return _mm512_permutexvar_ps(piece, low[m]); });
        else run([&](std::size_t m, __m512i piece) { return _mm512_permutex2var_ps(low[m], piece, high[m]); });
    }
#endif
    for (; b < size; ++b) {
        const auto [piece, t] = pieces.place_of(x[b]);
        T derivative = table[7][piece], value = derivative * t + table[6][piece];
        for (std::size_t m = 6; m-- > 0;) {
            derivative = derivative * t + value;
            value = value * t + table[m][piece];
        }
        y[b] = value;
        slope[b] = derivative * steepness;
    }
}

/// The adjoint of the values of `interpolate`: given[node] = Σ_b g[b] ∂y[b]/∂values[node].
template <class T>
void spread(const interpolation_pieces<T>& pieces, const T* x, const T* g, std::size_t size, T* given) {
    constexpr std::size_t nodes = interpolation_pieces<T>::nodes, most = interpolation_pieces<T>::most;
    std::array<T, nodes> moments[most]{};  // Σ g tᵐ over the x of a piece
    std::size_t b = 0;
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<T, float>) {
        constexpr std::size_t few = 12;  // beyond, all of x for every piece is more than one at a time
        const std::size_t whole = pieces.count <= few ? size / 16 * 16 : 0;
        const __m512 lowest = _mm512_set1_ps(pieces.lowest), per_width = _mm512_set1_ps(pieces.per_width);
        const __m512i last = _mm512_set1_epi32(static_cast<int>(pieces.count) - 1);
        for (std::size_t p = 0; whole > 0 && p < pieces.count; ++p) {
            __m512 sum[nodes];
            for (auto& each : sum) each = _mm512_setzero_ps();
            for (std::size_t l = 0; l < whole; l += 16) {
                const __m512 along = _mm512_mul_ps(_mm512_sub_ps(_mm512_loadu_ps(x + l), lowest), per_width);
                const __m512i piece = _mm512_min_epi32(_mm512_cvttps_epi32(along), last);
                const __mmask16 here = _mm512_cmpeq_epi32_mask(piece, _mm512_set1_epi32(static_cast<int>(p)));
                const __m512 t = _mm512_fmsub_ps(_mm512_sub_ps(along, _mm512_cvtepi32_ps(piece)), _mm512_set1_ps(2),
                                                 _mm512_set1_ps(1));
                __m512 power = _mm512_maskz_loadu_ps(here, g + l);
                for (std::size_t m = 0; m < nodes; ++m) {
                    sum[m] = _mm512_add_ps(sum[m], power);
                    power = _mm512_mul_ps(power, t);
                }
            }
            for (std::size_t m = 0; m < nodes; ++m) moments[p][m] = _mm512_reduce_add_ps(sum[m]);
        }
        b = whole;
    }
#endif
    for (; b < size; ++b) {
        const auto [piece, t] = pieces.place_of(x[b]);
        const T t2 = t * t, t4 = t2 * t2;
        auto& sum = moments[piece];
        for (std::size_t m = 0; m < nodes; ++m)
            sum[m] += g[b] * ((m & 1U) != 0 ? t : T(1)) * ((m & 2U) != 0 ? t2 : T(1)) * ((m & 4U) != 0 ? t4 : T(1));
    }
    const auto& polynomials = polynomial_of_values<T>::known();
    for (std::size_t p = 0; p < pieces.count; ++p) polynomials.give_back(moments[p], given + p * nodes);
}

}  // namespace apd::ext::detail
