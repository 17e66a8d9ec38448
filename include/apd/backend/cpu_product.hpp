#pragma once
// Sums of products on the CPU: which letter goes along the lanes, which rows a tile takes, and which loops are left.

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <apd/backend/cpu_nonzeros.hpp>
#include <apd/backend/cpu_rows.hpp>
#include <apd/backend/cpu_tiles.hpp>
#include <apd/core/pack.hpp>

namespace apd::ext::detail {

/// How a product of two arrays is computed; chosen from the letters alone.
///
/// * outer: a contiguous letter of the target, `lane`, lies in one operand ("vector"), not in the other ("scalar"),
///   which has another target letter to block over: lanes += vector · scalar. Where the vector is not contiguous along
///   it and few numbers are summed, it is packed first: dot products of few numbers are slow.
/// * inner: a contiguous letter of both operands is summed: dot products, blocked over a letter of each.
/// * rows: anything else.
enum class product_kind { outer, inner, rows };

struct product_plan {
    product_kind kind = product_kind::rows;
    char lane = '\0', left_block = '\0', right_block = '\0';
    bool left_is_vector = true, packs_vector = false;
    letter_list outer, summed;  // the letters of the outermost loops, and the summed ones but the lane
};

// Whether dot products of `summed` numbers are better computed along `lanes` targets: where these fill vectors, or dot
// products don't. So many of them are packed at a time: whole vectors, as many as the first-level cache holds.
constexpr bool pays_to_pack(std::size_t summed, std::size_t lanes) {
    return lanes != dynamic && (summed < 16 || (summed <= 128 && lanes >= 16));
}
constexpr std::size_t packed_lanes(std::size_t summed, std::size_t lanes) {
    return std::min(lanes, 4096 / summed / 16 * 16);
}

template <class Traits, class Target, class A, class B>
struct product_planner {
    using a = typename A::letters;
    using b = typename B::letters;

    // The summed letters of which there is more than one; the last is the longest, where it has to be packed.
    static constexpr letter_list summed() {
        letter_list some;
        for (std::size_t i = 0; i < Traits::summed.count; ++i)
            if (Traits::size(Traits::summed.letter[i]) > 1) some.add(Traits::summed.letter[i]);
        return some.count == 0 ? Traits::summed : some;
    }
    static constexpr letter_list longest_last(letter_list some) {
        for (std::size_t i = 0; i + 1 < some.count; ++i)
            if (Traits::size(some.letter[i]) > Traits::size(some.letter[i + 1]))
                std::swap(some.letter[i], some.letter[i + 1]);
        return some;
    }
    // A target letter, other than the lane, in one operand and not in the other: the last of which there are many.
    template <class In, class NotIn>
    static constexpr char block_in(char lane) {
        char found = '\0';
        for (std::size_t i = 0; i < Traits::out.count; ++i) {
            const char letter = Traits::out.letter[i];
            if (letter == lane || !In::has(letter) || NotIn::has(letter)) continue;
            if (found == '\0' || Traits::size(letter) >= std::min<std::size_t>(8, Traits::size(found))) found = letter;
        }
        return found;
    }
    static constexpr product_plan outer_along(char lane) {
        product_plan plan;
        if (!Traits::out.has(lane) || !is_contiguous_along<Target>(lane) || a::has(lane) == b::has(lane)) return plan;
        plan.left_is_vector = a::has(lane);
        const bool contiguous = plan.left_is_vector ? is_contiguous_along<A>(lane) : is_contiguous_along<B>(lane);
        const char block = plan.left_is_vector ? block_in<b, a>(lane) : block_in<a, b>(lane);
        plan.summed = contiguous ? summed() : longest_last(summed());
        const std::size_t count = plan.summed.count;
        if (block == '\0' || count == 0 || count > 2) return plan;
        plan.packs_vector =
            !contiguous && pays_to_pack(Traits::size(plan.summed.letter[count - 1]), Traits::size(lane));
        if (!contiguous && !plan.packs_vector) return plan;
        plan.kind = product_kind::outer;
        plan.lane = lane;
        plan.right_block = block;
        plan.outer = Traits::out.without(lane).without(block);
        return plan;
    }
    static constexpr product_plan inner_along(char lane) {
        product_plan plan;
        const char left = block_in<a, b>(lane), right = block_in<b, a>(lane);
        if (!is_contiguous_along<A>(lane) || !is_contiguous_along<B>(lane) || left == '\0' || right == '\0')
            return plan;
        plan.kind = product_kind::inner;
        plan.lane = lane;
        plan.left_block = left;
        plan.right_block = right;
        plan.outer = Traits::out.without(left).without(right);
        plan.summed = summed().without(lane);
        return plan;
    }
    static constexpr product_plan best() {
        for (std::size_t i = 0; i < Traits::summed.count; ++i)
            if (!a::has(Traits::summed.letter[i]) || !b::has(Traits::summed.letter[i])) return {};
        char last = '\0';  // of which there is more than one, as of the rank of components of rank 1 there is not
        for (std::size_t i = 0; i < Traits::out.count; ++i)
            if (last == '\0' || Traits::size(Traits::out.letter[i]) > 1) last = Traits::out.letter[i];
        for (const char lane : {Traits::neighbours_letter, last})
            if (const auto plan = outer_along(lane); plan.kind != product_kind::rows) return plan;
        for (std::size_t i = 0; i < Traits::summed.count; ++i)
            if (const auto plan = inner_along(Traits::summed.letter[i]); plan.kind != product_kind::rows) return plan;
        return {};
    }
};
template <class Traits, class Target, class A, class B>
constexpr product_plan plan_product() {
    return product_planner<Traits, Target, A, B>::best();
}

// The distance in memory between neighbours along a letter of an array; 0 where it has no such letter.
template <char Letter, class Leaf>
std::size_t step_along(const Leaf& leaf) {
    if constexpr (Leaf::letters::has(Letter)) return leaf.array.step(Leaf::letters::find(Letter));
    else return 0;
}

// Whether the vector of an outer product may be a batch of sparse inputs [B, J], by whose zeros it need not multiply.
template <class Traits, product_plan Plan, class Vector, class Scalar>
inline constexpr bool may_be_sparse = [] {
    using letters = typename Vector::letters;
    using T = typename Vector::scalar;
    std::size_t others = 1;
    for (std::size_t axis = 0; axis < letters::count; ++axis)
        if (const char letter = letters::letter(axis); letter != Plan.lane && letter != Plan.summed.letter[0])
            others *= Traits::size(letter);
    return Plan.lane == Traits::batch_letter && Plan.summed.count == 1 && others == 1 &&
           Traits::size(Plan.summed.letter[0]) >= nonzeros<T>::fewest_features &&
           is_contiguous_along<Scalar>(Plan.right_block) && Traits::size(Plan.right_block) >= packet_size<T>;
}();

template <class Traits, product_plan Plan, bool Accumulate, class Target, class Scalar>
void run_sparse(const Target& target, const Scalar& scalar, std::size_t batch, const work_part& part,
                const nonzeros<typename Target::scalar>& known, std::size_t first) {
    constexpr bool splits_positions = splits<Traits, Plan.outer>;
    const auto lanes = work_part(splits_positions ? work_part{} : part).of(batch, 64);
    position at;
    for_each_position<Traits, Plan.outer>(splits_positions ? part : work_part{}, at, batch, [&] {
        known.multiply(first + lanes.begin, lanes.end - lanes.begin, scalar.array.data + scalar.offset(at),
                       step_along<Plan.summed.letter[0]>(scalar), Traits::size(Plan.right_block),
                       target.array.data + target.offset(at) + lanes.begin, step_along<Plan.right_block>(target),
                       Accumulate);
    });
}

template <class Traits, product_plan Plan, bool Accumulate, class Target, class Vector, class Scalar>
void run_outer(const Target& target, const Vector& vector, const Scalar& scalar, std::size_t batch,
               const work_part& part, const nonzeros<typename Target::scalar>& known) {
    using T = typename Target::scalar;
    if constexpr (may_be_sparse<Traits, Plan, Vector, Scalar>) {
        if (const std::size_t first = known.find(vector.array.data); first != known.unknown)
            return run_sparse<Traits, Plan, Accumulate>(target, scalar, batch, part, known, first);
    }
    const auto size = [&](char letter) { return Traits::size(letter) == dynamic ? batch : Traits::size(letter); };
    constexpr bool splits_positions = splits<Traits, Plan.outer>;
    outer_block<T> block{};
    block.target_step = step_along<Plan.right_block>(target);
    block.scalar_step = step_along<Plan.right_block>(scalar);
    constexpr std::size_t count = Plan.summed.count;
    if constexpr (count == 2 && !Plan.packs_vector)
        block.summed[0] = {size(Plan.summed.letter[0]), step_along<Plan.summed.letter[0]>(vector),
                           step_along<Plan.summed.letter[0]>(scalar)};
    constexpr char last = Plan.summed.letter[count - 1];
    block.summed[1] = {size(last), step_along<last>(vector), step_along<last>(scalar)};

    // Where there are no positions to deal, the longer side of the target is dealt. Shares that walk through all
    // components for a sum have more lanes, so that they read less often from other pages of memory.
    const std::size_t all_rows = size(Plan.right_block), all_lanes = size(Plan.lane);
    const bool splits_rows = !splits_positions && all_rows > all_lanes;
    const auto rows = work_part(splits_rows ? part : work_part{}).of(all_rows, 8);
    const auto lanes =
        work_part(splits_positions || splits_rows ? work_part{} : part).of(all_lanes, count == 2 ? 256 : 64);
    if (rows.begin == rows.end) return;
    position at;
    const auto multiply = [&](work_part::range some, const T* of_vector, bool accumulate) {
        block.target = target.array.data + target.offset(at) + some.begin + rows.begin * block.target_step;
        block.vector = of_vector;
        block.scalar = scalar.array.data + scalar.offset(at) + rows.begin * block.scalar_step;
        outer_product(block, some.end - some.begin, rows.end - rows.begin, accumulate);
    };
    if constexpr (Plan.packs_vector) {
        constexpr letter_list others = Plan.summed.without(last);

        constexpr std::size_t depth = Traits::size(last), columns = packed_lanes(depth, Traits::size(Plan.lane));
        const std::size_t step = step_along<Plan.lane>(vector), summed_step = step_along<last>(vector);
        alignas(64) std::array<T, depth * columns> packed;
        block.summed[1].vector_step = columns;
        for_each_position<Traits, Plan.outer>(splits_positions ? part : work_part{}, at, batch, [&] {
            for (std::size_t first = lanes.begin; first < lanes.end; first += columns) {
                const std::size_t some = std::min(columns, lanes.end - first);
                bool accumulate = Accumulate;
                for_each_position<Traits, others>(at, batch, [&] {
                    const T* const from = vector.array.data + vector.offset(at) + first * step;
                    if (summed_step == 1) {
                        transpose(from, step, packed.data(), columns, some, depth);
                    } else {
                        for (std::size_t k = 0; k < depth; ++k)
                            for (std::size_t l = 0; l < some; ++l)
                                packed[k * columns + l] = from[k * summed_step + l * step];
                    }
                    multiply({first, first + some}, packed.data(), accumulate);
                    accumulate = true;
                });
            }
        });
    } else {
        for_each_position<Traits, Plan.outer>(splits_positions ? part : work_part{}, at, batch, [&] {
            multiply(lanes, vector.array.data + vector.offset(at) + lanes.begin, Accumulate);
        });
    }
}

template <class Traits, product_plan Plan, bool Accumulate, class Target, class A, class B>
void run_inner(const Target& target, const A& a, const B& b, std::size_t batch, const work_part& part) {
    using T = typename Target::scalar;
    const auto size = [&](char letter) { return Traits::size(letter) == dynamic ? batch : Traits::size(letter); };
    constexpr bool splits_positions = splits<Traits, Plan.outer>;
    const auto left = work_part(splits_positions ? work_part{} : part).of(size(Plan.left_block), 4);
    inner_block<T> block{nullptr, step_along<Plan.left_block>(target), step_along<Plan.right_block>(target), nullptr,
                         nullptr, step_along<Plan.left_block>(a),      step_along<Plan.right_block>(b)};
    position at;
    for_each_position<Traits, Plan.outer>(splits_positions ? part : work_part{}, at, batch, [&] {
        block.target = target.array.data + target.offset(at) + left.begin * block.left_target_step;
        bool accumulate = Accumulate;
        for_each_position<Traits, Plan.summed>(at, batch, [&] {
            block.left = a.array.data + a.offset(at) + left.begin * block.left_step;
            block.right = b.array.data + b.offset(at);
            inner_product(block, size(Plan.lane), left.end - left.begin, size(Plan.right_block), accumulate);
            accumulate = true;
        });
    });
}

/// A product of two arrays, or the part of it that is asked for; `known` is what is known of sparse arrays.
template <class Target, class VA, class LA, class VB, class LB, bool Accumulate>
void run_product(const assignment<Target, mapped<multiply, indexed<VA, LA>, indexed<VB, LB>>, Accumulate>& statement,
                 const work_part& part, const nonzeros<typename Target::scalar>& known) {
    using A = indexed<VA, LA>;
    using B = indexed<VB, LB>;
    using traits = statement_traits<assignment<Target, mapped<multiply, A, B>, Accumulate>>;
    constexpr product_plan plan = plan_product<traits, Target, A, B>();
    const auto& a = get<0>(statement.value.arguments);
    const auto& b = get<1>(statement.value.arguments);
    if constexpr (plan.kind == product_kind::outer) {
        const std::size_t batch = batch_of(statement);
        if constexpr (plan.left_is_vector)
            run_outer<traits, plan, Accumulate>(statement.target, a, b, batch, part, known);
        else run_outer<traits, plan, Accumulate>(statement.target, b, a, batch, part, known);
    } else if constexpr (plan.kind == product_kind::inner) {
        run_inner<traits, plan, Accumulate>(statement.target, a, b, batch_of(statement), part);
    } else {
        run_rows(statement, part);
    }
}

}  // namespace apd::ext::detail
