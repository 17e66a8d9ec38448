#pragma once
// The innermost loops of products on the CPU: tiles of sums that stay in registers, and transposed copies.

#include <apd/core/intrinsics.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <Eigen/Core>

#include <apd/backend/work_part.hpp>

namespace apd::ext::detail {

// The numbers that a vector register of this machine holds.
template <class T>
inline constexpr std::size_t packet_size = Eigen::internal::packet_traits<T>::size;
inline constexpr bool has_many_registers = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32;

template <class T>
using packet_of = typename Eigen::internal::packet_traits<T>::type;
// g++ warns that a vector type as a template argument loses attributes; those that it means do not matter here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
template <class T>
using packet_square = Eigen::internal::PacketBlock<packet_of<T>, static_cast<int>(packet_size<T>)>;
#pragma GCC diagnostic pop

// So many numbers side by side: a vector register, a half or quarter of one, or a number. Not Eigen's expressions,
// which take the compiler longer than all the rest of the library.
template <class T, std::size_t Width>
struct lanes_of {
    using type = typename Eigen::internal::find_best_packet<T, static_cast<int>(Width)>::type;
};
template <class T>
struct lanes_of<T, 1> {
    using type = T;
};

// The summed letters of a product as at most two nested loops.
struct summed_loop {
    std::size_t size = 1, vector_step = 0, scalar_step = 0;
};

/// Sums of a vector times numbers: along the lanes l, target and vector are contiguous.
template <class T>
struct outer_block {
    T* target;
    std::size_t target_step;
    const T* vector;
    const T* scalar;
    std::size_t scalar_step;
    std::array<summed_loop, 2> summed;
};

// target[r][l] (+)= Σ_k vector[k][l] · scalar[k][r] for Width lanes, of which the last `kept` are stored, and Rows
// entries r.
template <std::size_t Width, std::size_t Rows, class T>
[[gnu::always_inline]] inline void outer_tile(const outer_block<T>& at, std::size_t l, std::size_t r, bool accumulate,
                                              std::size_t kept) {
    using namespace Eigen::internal;
    using lanes = typename lanes_of<T, Width>::type;
    static_assert(unpacket_traits<lanes>::size == Width);
    [&]<std::size_t... R>(std::index_sequence<R...>) {
        lanes sum[Rows];
        T* const target = at.target + r * at.target_step + l;
        if (accumulate) ((sum[R] = ploadu<lanes>(target + R * at.target_step)), ...);
        else ((sum[R] = pset1<lanes>(T(0))), ...);
        for (std::size_t j = 0; j < at.summed[0].size; ++j) {
            const T* vector = at.vector + j * at.summed[0].vector_step + l;
            const T* scalar = at.scalar + j * at.summed[0].scalar_step + r * at.scalar_step;
            for (std::size_t k = 0; k < at.summed[1].size; ++k) {
                const lanes v = ploadu<lanes>(vector + k * at.summed[1].vector_step);
                const T* s = scalar + k * at.summed[1].scalar_step;
                ((sum[R] = pmadd(v, pset1<lanes>(s[R * at.scalar_step]), sum[R])), ...);
            }
        }
        if (kept == Width) {
            (pstoreu(target + R * at.target_step, sum[R]), ...);
        } else {
            T numbers[Rows][Width];
            (pstoreu(numbers[R], sum[R]), ...);
            for (std::size_t row = 0; row < Rows; ++row)
                for (std::size_t i = Width - kept; i < Width; ++i) target[row * at.target_step + i] = numbers[row][i];
        }
    }
    (std::make_index_sequence<Rows>{});
}

// The numbers of the narrowest vectors that there are.
template <class T>
inline constexpr std::size_t narrowest =
    Eigen::internal::unpacket_traits<typename Eigen::internal::find_best_packet<T, 1>::type>::size;

// The lanes of a range in vectors of Width and, at its end, narrower ones; or one as wide that reaches back, of which
// the last lanes are kept.
template <std::size_t Width, std::size_t Rows, class T>
void outer_lanes(const outer_block<T>& at, work_part::range lanes, std::size_t r, bool accumulate) {
    for (std::size_t l = lanes.begin; l < lanes.end; l += Width) {
        const std::size_t kept = std::min(Width, lanes.end - l);
        if constexpr (Width > 1) {
            const bool reaches_back = lanes.end >= Width && (kept > Width / 2 || Width == narrowest<T>);
            if (kept < Width && !reaches_back)
                return outer_lanes<(Width > narrowest<T> ? Width / 2 : 1), Rows>(at, {l, lanes.end}, r, accumulate);
        }
        outer_tile<Width, Rows>(at, l + kept - Width, r, accumulate, kept);
    }
}
// The rows from r on, `rows` of them and at most `Most`.
template <std::size_t Most, class T>
void outer_rows(const outer_block<T>& at, work_part::range lanes, std::size_t r, std::size_t rows, bool accumulate) {
    if (rows == Most) outer_lanes<packet_size<T>, Most>(at, lanes, r, accumulate);
    else if constexpr (Most > 1) outer_rows<Most - 1>(at, lanes, r, rows, accumulate);
}
template <class T>
void outer_part(const outer_block<T>& at, work_part::range lanes, std::size_t rows, bool accumulate) {
    constexpr std::size_t tile_rows = 8;
    std::size_t r = 0;
    for (; rows - r >= tile_rows + 4 || rows - r == tile_rows; r += tile_rows)
        outer_rows<tile_rows>(at, lanes, r, tile_rows, accumulate);
    // Few rows alone would wait for each other: the last are two tiles of nearly the same size.
    const std::size_t half = rows - r > tile_rows ? (rows - r) / 2 : 0;
    if (half > 0) outer_rows<tile_rows>(at, lanes, r, half, accumulate);
    if (rows > r + half) outer_rows<tile_rows>(at, lanes, r + half, rows - r - half, accumulate);
}

/// A block of so many lanes and rows. The last lanes are computed with some before them, which are not stored again:
/// every lane is summed alike, wherever a block begins. What all rows share, the vectors of some lanes and of a part of
/// a long sum, stays in the first-level cache and its table of pages, and what such parts are added to in the second.
/// One copy for all statements: as fast, and less to compile.
template <class T>
[[gnu::noinline]] void outer_product(const outer_block<T>& at, std::size_t size, std::size_t rows, bool accumulate) {
    constexpr std::size_t longest_sum = 96, near_lanes = 8 * packet_size<T>;  // of the first-level cache
    constexpr std::size_t near_targets = std::size_t{1} << 17U;               // of the second
    const auto& [outer, inner] = at.summed;
    std::size_t most_lanes = size, outer_step = outer.size, inner_step = inner.size;
    if (outer.size * inner.size > longest_sum) {
        const std::size_t parts = (inner.size + longest_sum - 1) / longest_sum;
        inner_step = (inner.size + parts - 1) / parts;
        outer_step = longest_sum / inner_step;
        most_lanes = std::max(near_targets / rows / near_lanes, std::size_t{1}) * near_lanes;
    }
    outer_block<T> part = at;
    for (std::size_t first = 0; first < size; first += most_lanes)
        for (std::size_t j = 0; j < outer.size; j += outer_step)
            for (std::size_t k = 0; k < inner.size; k += inner_step) {
                part.summed[0].size = std::min(outer_step, outer.size - j);
                part.summed[1].size = std::min(inner_step, inner.size - k);
                part.vector = at.vector + j * outer.vector_step + k * inner.vector_step;
                part.scalar = at.scalar + j * outer.scalar_step + k * inner.scalar_step;
                const std::size_t end = std::min(first + most_lanes, size);
                for (std::size_t l = first; l < end; l += near_lanes)
                    outer_part(part, {l, std::min(l + near_lanes, end)}, rows, accumulate || j + k > 0);
            }
}

/// Dot products: along the lanes l, both operands are contiguous.
template <class T>
struct inner_block {
    T* target;
    std::size_t left_target_step, right_target_step;
    const T* left;
    const T* right;
    std::size_t left_step, right_step;
};

// target[p][q] (+)= Σ_l left[p][l] · right[q][l]
template <std::size_t P, std::size_t Q, class T>
[[gnu::always_inline]] inline void inner_tile(const inner_block<T>& at, std::size_t p, std::size_t q, std::size_t size,
                                              bool accumulate) {
    using namespace Eigen::internal;
    using lanes = packet_of<T>;
    constexpr std::size_t width = packet_size<T>;
    const T* left = at.left + p * at.left_step;
    const T* right = at.right + q * at.right_step;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        lanes sum[P * Q];
        ((sum[I] = pset1<lanes>(T(0))), ...);
        std::size_t l = 0;
        for (; l + width <= size; l += width)
            ((sum[I] = pmadd(ploadu<lanes>(left + (I / Q) * at.left_step + l),
                             ploadu<lanes>(right + (I % Q) * at.right_step + l), sum[I])),
             ...);
        if (l < size && size >= width) {
            // The last lanes with some before them, which have been added already.
            T is_new[width];
            for (std::size_t i = 0; i < width; ++i) is_new[i] = i < width - (size - l) ? T(0) : T(1);
            const auto share = ploadu<lanes>(is_new);
            l = size - width;
            ((sum[I] = pmadd(pmul(ploadu<lanes>(left + (I / Q) * at.left_step + l), share),
                             ploadu<lanes>(right + (I % Q) * at.right_step + l), sum[I])),
             ...);
            l = size;
        }
        T total[P * Q];
        ((total[I] = predux(sum[I])), ...);
        for (; l < size; ++l)
            for (std::size_t i = 0; i < P * Q; ++i)
                total[i] += left[(i / Q) * at.left_step + l] * right[(i % Q) * at.right_step + l];
        for (std::size_t i = 0; i < P * Q; ++i) {
            T& target = at.target[(p + i / Q) * at.left_target_step + (q + i % Q) * at.right_target_step];
            target = accumulate ? target + total[i] : total[i];
        }
    }
    (std::make_index_sequence<P * Q>{});
}

// `left` × `right` dot products in tiles of P × Q and, at the ends, smaller ones.
template <std::size_t P, std::size_t Q, class T>
void inner_tiles(const inner_block<T>& at, std::size_t p, std::size_t q, std::size_t left, std::size_t right,
                 std::size_t size, bool accumulate) {
    const std::size_t end = q + right;
    for (; left >= P; p += P, left -= P) {
        std::size_t column = q;
        for (; end - column >= Q; column += Q) inner_tile<P, Q>(at, p, column, size, accumulate);
        if constexpr (Q > 1) inner_tiles<P, Q / 2>(at, p, column, P, end - column, size, accumulate);
    }
    if constexpr (P > 1)
        if (left > 0) inner_tiles<P / 2, Q>(at, p, q, left, right, size, accumulate);
}

/// A block of left × right dot products of `size` numbers.
template <class T>
[[gnu::noinline]] void inner_product(const inner_block<T>& at, std::size_t size, std::size_t left, std::size_t right,
                                     bool accumulate) {
    constexpr std::size_t side = has_many_registers ? 5 : 3;
    inner_tiles<side, side>(at, 0, 0, left, right, size, accumulate);
}

/// to[c·to_step + r] = from[r·from_step + c] for r < rows, c < columns.
template <class T>
[[gnu::noinline]] void transpose(const T* from, std::size_t from_step, T* to, std::size_t to_step, std::size_t rows,
                                 std::size_t columns) {
    constexpr std::size_t n = packet_size<T>;
    const auto square = [&](std::size_t r, std::size_t c) {
        packet_square<T> block;
        for (std::size_t i = 0; i < n; ++i)
            block.packet[i] = Eigen::internal::ploadu<packet_of<T>>(from + (r + i) * from_step + c);
        Eigen::internal::ptranspose(block);
        for (std::size_t i = 0; i < n; ++i) Eigen::internal::pstoreu(to + (c + i) * to_step + r, block.packet[i]);
    };
    if (rows < n || columns < n) {
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < columns; ++c) to[c * to_step + r] = from[r * from_step + c];
        return;
    }
    // The last square of a row or column reaches back over the one before it.
    for (std::size_t r = 0; r < rows; r += n)
        for (std::size_t c = 0; c < columns; c += n) square(std::min(r, rows - n), std::min(c, columns - n));
}

}  // namespace apd::ext::detail
