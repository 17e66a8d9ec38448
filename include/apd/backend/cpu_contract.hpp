#pragma once
// Sums of products on the CPU: register tiles that need no packing, because one operand is contiguous along the lanes.

#include <array>
#include <cstddef>
#include <utility>

#include <Eigen/Core>

#include <apd/backend/cpu_rows.hpp>

namespace apd::detail {

/// How a product of two arrays is computed; chosen from the letters alone.
///
/// * outer: a contiguous letter of the target lies in one operand ("vector"), not in the other ("scalar"), which has
///   another target letter to block over: lanes += vector · scalar. Where the vector is not contiguous along it but
///   small, it is packed first: dot products of few numbers are slow.
/// * inner: a contiguous letter of both operands is summed: dot products, blocked over a letter of each; over a few
///   samples alone an operand is packed instead, as above.
/// * rows: anything else.
enum class product_kind { outer, inner, rows };

struct product_plan {
    product_kind kind = product_kind::rows;
    char lane = '\0', left_block = '\0', right_block = '\0';
    bool left_is_vector = true, packs_vector = false;
    letter_list outer, summed;  // the letters of the outermost loops, and the summed ones without the lane
};

// Whether dot products of `summed` numbers are better computed along `lanes` targets: at least one vector of these, and
// an operand that fits the first-level cache.
constexpr bool pays_to_pack(std::size_t summed, std::size_t lanes) {
    return summed != dynamic && lanes != dynamic && summed <= 128 && lanes >= 16 && summed * lanes <= 4096;
}

template <class Traits, class Target, class A, class B>
constexpr product_plan plan_product() {
    using a = typename A::letters;
    using b = typename B::letters;
    product_plan plan;
    for (std::size_t i = 0; i < Traits::summed.count; ++i) {
        const char letter = Traits::summed.letter[i];
        if (!a::has(letter) || !b::has(letter)) return plan;
    }
    const auto last_only_in = [](auto in, auto not_in, char lane) {
        char found = '\0';
        for (std::size_t i = 0; i < Traits::out.count; ++i) {
            const char letter = Traits::out.letter[i];
            if (letter != lane && decltype(in)::has(letter) && !decltype(not_in)::has(letter)) found = letter;
        }
        return found;
    };
    const char lane = Traits::batch_letter != '\0' ? Traits::batch_letter
                      : Traits::out.count > 0      ? Traits::out.letter[Traits::out.count - 1]
                                                   : '\0';
    if (Traits::out.has(lane) && is_contiguous_along<Target>(lane) && a::has(lane) != b::has(lane)) {
        plan.left_is_vector = a::has(lane);
        const bool contiguous = plan.left_is_vector ? is_contiguous_along<A>(lane) : is_contiguous_along<B>(lane);
        const char block = plan.left_is_vector ? last_only_in(b{}, a{}, lane) : last_only_in(a{}, b{}, lane);
        plan.packs_vector = !contiguous && Traits::summed.count == 1 && lane != Traits::batch_letter &&
                            pays_to_pack(Traits::size(Traits::summed.letter[0]), Traits::size(lane));
        if ((contiguous || plan.packs_vector) && block != '\0' && Traits::summed.count > 0) {
            plan.kind = product_kind::outer;
            plan.lane = lane;
            plan.right_block = block;
            plan.outer = Traits::out.without(lane).without(block);
            plan.summed = Traits::summed;
            return plan;
        }
    }
    for (std::size_t i = 0; i < Traits::summed.count; ++i) {
        const char letter = Traits::summed.letter[i];
        const char left = last_only_in(a{}, b{}, letter), right = last_only_in(b{}, a{}, letter);
        if (is_contiguous_along<A>(letter) && is_contiguous_along<B>(letter) && left != '\0' && right != '\0') {
            plan.kind = product_kind::inner;
            plan.lane = letter;
            plan.left_block = left;
            plan.right_block = right;
            plan.outer = Traits::out.without(left).without(right);
            plan.summed = Traits::summed.without(letter);
        }
    }
    return plan;
}

// The summed letters of a product as at most two nested loops.
struct summed_loop {
    std::size_t size = 1, vector_step = 0, scalar_step = 0;
};

template <class T, std::size_t Width>
using lanes = Eigen::Array<T, static_cast<int>(Width), 1>;

template <class T>
struct outer_block {
    T* target;
    std::size_t target_step;
    const T* vector;
    const T* scalar;
    std::size_t scalar_step;
    std::array<summed_loop, 2> summed;
};

// target[r][l] (+)= Σ_k vector[k][l] · scalar[k][r] for Width lanes and Block entries r.
template <std::size_t Width, std::size_t Block, class T>
[[gnu::always_inline]] inline void outer_tile(const outer_block<T>& at, std::size_t l, std::size_t r, bool accumulate) {
    using lane_array = lanes<T, Width>;
    [&]<std::size_t... R>(std::index_sequence<R...>) {
        std::array<lane_array, Block> sum;
        if (accumulate) ((sum[R] = Eigen::Map<const lane_array>(at.target + (r + R) * at.target_step + l)), ...);
        else ((sum[R] = lane_array::Zero()), ...);
        for (std::size_t j = 0; j < at.summed[0].size; ++j) {
            const T* vector = at.vector + j * at.summed[0].vector_step + l;
            const T* scalar = at.scalar + j * at.summed[0].scalar_step + r * at.scalar_step;
            for (std::size_t k = 0; k < at.summed[1].size; ++k) {
                const lane_array v = Eigen::Map<const lane_array>(vector + k * at.summed[1].vector_step);
                const T* s = scalar + k * at.summed[1].scalar_step;
                ((sum[R] += v * s[R * at.scalar_step]), ...);
            }
        }
        ((Eigen::Map<lane_array>(at.target + (r + R) * at.target_step + l) = sum[R]), ...);
    }
    (std::make_index_sequence<Block>{});
}

template <std::size_t Width, std::size_t Blocked, class T>
inline std::size_t outer_lanes(const outer_block<T>& at, std::size_t l, std::size_t size, bool accumulate) {
    for (; l + Width <= size; l += Width) {
        std::size_t r = 0;
        for (; r + 8 <= Blocked; r += 8) outer_tile<Width, 8>(at, l, r, accumulate);
        if constexpr (Blocked % 8 >= 4) outer_tile<Width, 4>(at, l, r, accumulate), r += 4;
        if constexpr (Blocked % 4 != 0) outer_tile<Width, Blocked % 4>(at, l, r, accumulate);
    }
    return l;
}

// The lanes added up, always in the same order: halves onto each other.
template <std::size_t Width, class T>
T sum_of_lanes(const lanes<T, Width>& sum) {
    std::array<T, Width> part;
    Eigen::Map<lanes<T, Width>>(part.data()) = sum;
    for (std::size_t half = Width / 2; half != 0; half /= 2)
        for (std::size_t l = 0; l < half; ++l) part[l] += part[half + l];
    return part[0];
}

// One copy for all statements of the same block size, not inlined: as fast, and less to compile.
template <std::size_t Blocked, class T>
[[gnu::noinline]] void outer_product(const outer_block<T>& at, std::size_t size, bool accumulate) {
    std::size_t l = outer_lanes<64 / sizeof(T), Blocked>(at, 0, size, accumulate);
    l = outer_lanes<32 / sizeof(T), Blocked>(at, l, size, accumulate);
    l = outer_lanes<16 / sizeof(T), Blocked>(at, l, size, accumulate);
    outer_lanes<1, Blocked>(at, l, size, accumulate);
}

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
    constexpr std::size_t width = 64 / sizeof(T);
    using lane_array = lanes<T, width>;
    const T* left = at.left + p * at.left_step;
    const T* right = at.right + q * at.right_step;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        std::array<lane_array, P * Q> sum;
        ((sum[I] = lane_array::Zero()), ...);
        std::size_t l = 0;
        for (; l + width <= size; l += width)
            ((sum[I] += Eigen::Map<const lane_array>(left + (I / Q) * at.left_step + l) *
                        Eigen::Map<const lane_array>(right + (I % Q) * at.right_step + l)),
             ...);
        std::array<T, P * Q> total{sum_of_lanes<width>(sum[I])...};
        for (; l < size; ++l)
            ((total[I] += left[(I / Q) * at.left_step + l] * right[(I % Q) * at.right_step + l]), ...);
        const auto store = [&](std::size_t i) {
            T& target = at.target[(p + i / Q) * at.left_target_step + (q + i % Q) * at.right_target_step];
            target = accumulate ? target + total[i] : total[i];
        };
        (store(I), ...);
    }
    (std::make_index_sequence<P * Q>{});
}

template <std::size_t P, std::size_t Right, class T>
void inner_row_of_tiles(const inner_block<T>& at, std::size_t p, std::size_t size, bool accumulate) {
    std::size_t q = 0;
    for (; q + 4 <= Right; q += 4) inner_tile<P, 4>(at, p, q, size, accumulate);
    if constexpr (Right % 4 != 0) inner_tile<P, Right % 4>(at, p, q, size, accumulate);
}

template <std::size_t Left, std::size_t Right, class T>
[[gnu::noinline]] void inner_product(const inner_block<T>& at, std::size_t size, bool accumulate) {
    std::size_t p = 0;
    for (; p + 4 <= Left; p += 4) inner_row_of_tiles<4, Right>(at, p, size, accumulate);
    if constexpr (Left % 4 != 0) inner_row_of_tiles<Left % 4, Right>(at, p, size, accumulate);
}

// An inner product over fewer samples than a vector has lanes, run as an outer one along a contiguous letter of the
// target: dot products would be all remainder.
inline constexpr std::size_t samples_to_pack = 16;
template <class Traits, class Target, product_plan Plan>
inline constexpr char contiguous_block = is_contiguous_along<Target>(Plan.left_block) ? Plan.left_block
                                                                                      : Plan.right_block;
template <class Traits, class Target, product_plan Plan>
inline constexpr bool can_sum_few = [] {
    constexpr char along = contiguous_block<Traits, Target, Plan>;
    return Traits::size(Plan.lane) == dynamic && is_contiguous_along<Target>(along) && Traits::size(along) >= 16 &&
           Traits::size(along) <= 1024;
}();
template <class Traits, product_plan Plan, bool Accumulate, class Statement>
void sum_few(const Statement& statement, std::size_t samples) {
    using Target = std::decay_t<decltype(statement.target)>;
    using T = typename Target::scalar;
    constexpr char along = contiguous_block<Traits, Target, Plan>;
    constexpr bool left_is_vector = along == Plan.left_block;
    constexpr char block_letter = left_is_vector ? Plan.right_block : Plan.left_block;
    constexpr std::size_t lanes = Traits::size(along);
    const auto& vector = std::get<(left_is_vector ? 0 : 1)>(statement.value.arguments);
    const auto& scalar = std::get<(left_is_vector ? 1 : 0)>(statement.value.arguments);
    const auto step = [](const auto& leaf, char letter) {
        return leaf.array.step(std::decay_t<decltype(leaf)>::letters::find(letter));
    };
    alignas(64) std::array<T, samples_to_pack * lanes> packed;
    outer_block<T> block{};
    block.target_step = step(statement.target, block_letter);
    block.scalar_step = step(scalar, block_letter);
    block.summed[1] = {samples, lanes, step(scalar, Plan.lane)};
    position at;
    for_each_position<Traits, Plan.outer>(at, samples, [&] {
        bool accumulate = Accumulate;
        block.target = statement.target.array.data + statement.target.offset(at);
        block.vector = packed.data();
        for_each_position<Traits, Plan.summed>(at, samples, [&] {
            const T* const from = vector.array.data + vector.offset(at);
            for (std::size_t l = 0; l < lanes; ++l)
                for (std::size_t p = 0; p < samples; ++p) packed[p * lanes + l] = from[l * step(vector, along) + p];
            block.scalar = scalar.array.data + scalar.offset(at);
            outer_product<Traits::size(block_letter)>(block, lanes, accumulate);
            accumulate = true;
        });
    });
}

template <class Target, class VA, class LA, class VB, class LB, bool Accumulate>
void run_product(const assignment<Target, mapped<multiply, indexed<VA, LA>, indexed<VB, LB>>, Accumulate>& statement) {
    using A = indexed<VA, LA>;
    using B = indexed<VB, LB>;
    using S = assignment<Target, mapped<multiply, A, B>, Accumulate>;
    using traits = statement_traits<S>;
    using T = typename Target::scalar;
    constexpr product_plan plan = plan_product<traits, Target, A, B>();
    const auto& target = statement.target;

    if constexpr (plan.kind == product_kind::outer && plan.summed.count <= 2) {
        const auto& vector = std::get<(plan.left_is_vector ? 0 : 1)>(statement.value.arguments);
        const auto& scalar = std::get<(plan.left_is_vector ? 1 : 0)>(statement.value.arguments);
        const auto step = [](const auto& leaf, char letter) {
            return leaf.array.step(std::decay_t<decltype(leaf)>::letters::find(letter));
        };
        const std::size_t batch = batch_of(statement);
        const std::size_t size = traits::size(plan.lane) == dynamic ? batch : traits::size(plan.lane);
        constexpr std::size_t blocked = traits::size(plan.right_block);
        outer_block<T> block{};
        block.target_step = step(target, plan.right_block);
        block.scalar_step = step(scalar, plan.right_block);
        for (std::size_t k = 0; k < plan.summed.count; ++k) {
            const char letter = plan.summed.letter[k];
            block.summed[2 - plan.summed.count + k] = {traits::size(letter), step(vector, letter),
                                                       step(scalar, letter)};
        }
        position at;
        if constexpr (plan.packs_vector) {
            constexpr char summed = plan.summed.letter[0];
            constexpr std::size_t rows = traits::size(summed), columns = traits::size(plan.lane);
            alignas(64) std::array<T, rows * columns> packed;
            block.summed[1].vector_step = columns;
            for_each_position<traits, plan.outer>(at, batch, [&] {
                const T* const from = vector.array.data + vector.offset(at);
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t l = 0; l < columns; ++l)
                        packed[r * columns + l] = from[r * step(vector, summed) + l * step(vector, plan.lane)];
                block.target = target.array.data + target.offset(at);
                block.vector = packed.data();
                block.scalar = scalar.array.data + scalar.offset(at);
                outer_product<blocked>(block, size, Accumulate);
            });
        } else {
            for_each_position<traits, plan.outer>(at, batch, [&] {
                block.target = target.array.data + target.offset(at);
                block.vector = vector.array.data + vector.offset(at);
                block.scalar = scalar.array.data + scalar.offset(at);
                outer_product<blocked>(block, size, Accumulate);
            });
        }
    } else if constexpr (plan.kind == product_kind::inner) {
        const auto& a = std::get<0>(statement.value.arguments);
        const auto& b = std::get<1>(statement.value.arguments);
        const auto step = [](const auto& leaf, char letter) {
            return leaf.array.step(std::decay_t<decltype(leaf)>::letters::find(letter));
        };
        const std::size_t batch = batch_of(statement);
        const std::size_t size = traits::size(plan.lane) == dynamic ? batch : traits::size(plan.lane);
        constexpr std::size_t left_size = traits::size(plan.left_block), right_size = traits::size(plan.right_block);
        inner_block<T> block{nullptr, step(target, plan.left_block), step(target, plan.right_block), nullptr,
                             nullptr, step(a, plan.left_block),      step(b, plan.right_block)};
        if constexpr (can_sum_few<traits, Target, plan>) {
            if (size < samples_to_pack) return sum_few<traits, plan, Accumulate>(statement, size);
        }
        position at;
        for_each_position<traits, plan.outer>(at, batch, [&] {
            block.target = target.array.data + target.offset(at);
            bool accumulate = Accumulate;
            for_each_position<traits, plan.summed>(at, batch, [&] {
                block.left = a.array.data + a.offset(at);
                block.right = b.array.data + b.offset(at);
                inner_product<left_size, right_size>(block, size, accumulate);
                accumulate = true;
            });
        });
    } else {
        run_rows(statement);
    }
}

}  // namespace apd::detail
