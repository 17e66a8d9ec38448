#pragma once
// Sums of products as multiplications of matrices: which letters are rows, columns and terms, and what repeats them.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include <apd/array/positions.hpp>
#include <apd/core/pack.hpp>

namespace apd::ext::detail {

/// target (+)= left · right for `count` triples of matrices in column-major order. A transposed operand lies in memory
/// as its transpose does; lead and distance are in elements, between columns and between triples.
template <class T>
struct matrix_product {
    std::size_t rows = 1, columns = 1, terms = 1, count = 1;
    T* target = nullptr;
    const T *left = nullptr, *right = nullptr;
    std::size_t target_lead = 1, left_lead = 1, right_lead = 1;
    std::size_t target_distance = 0, left_distance = 0, right_distance = 0;
    bool left_is_transposed = false, right_is_transposed = false, accumulates = false;
};

/// One or several letters of a product that are one axis in every array: its size, and the distance in memory between
/// its neighbours in each array, 0 in one that lacks it.
struct product_axis {
    std::size_t size = 1, target = 0, left = 0, right = 0;

    bool is_row() const { return target != 0 && left != 0 && right == 0; }
    bool is_column() const { return target != 0 && right != 0 && left == 0; }
    bool is_summed() const { return target == 0; }
    bool is_like(const product_axis& other) const {
        return (target != 0) == (other.target != 0) && (left != 0) == (other.left != 0) &&
               (right != 0) == (other.right != 0);
    }
    /// Whether this axis and one inside it count through memory as one.
    bool contains(const product_axis& inner) const {
        return is_like(inner) && target == inner.size * inner.target && left == inner.size * inner.left &&
               right == inner.size * inner.right;
    }
};

/// How a product is computed: the axes of one matrix product, one that repeats it, and further ones.
struct matrix_plan {
    product_axis row, column, summed, repeated;
    std::array<product_axis, 8> further{};
    std::size_t further_count = 0;
    bool swapped = false;  ///< the transposed equation: right and left change places, and so do rows and columns

    /// Multiplications, the further axes being loops.
    std::size_t calls() const {
        std::size_t product = 1;
        for (std::size_t i = 0; i < further_count; ++i) product *= further[i].size;
        return product;
    }
    std::size_t work() const { return row.size * column.size * summed.size; }
};

/// The axes of a statement `target (+)= left * right`; letters that are one axis in memory are joined.
template <class Statement>
auto axes_of_product(const Statement& statement, std::size_t batch, std::size_t& count) {
    using traits = statement_traits<Statement>;
    const auto& left = get<0>(statement.value.arguments);
    const auto& right = get<1>(statement.value.arguments);
    const auto step = [](const auto& leaf, char letter) {
        const std::size_t axis = std::decay_t<decltype(leaf)>::letters::find(letter);
        return axis < std::decay_t<decltype(leaf)>::letters::count ? leaf.array.step(axis) : 0;
    };
    std::array<product_axis, 8> axes{};
    count = 0;
    const auto add = [&](char letter) {
        const std::size_t fixed = traits::size(letter), size = fixed == dynamic ? batch : fixed;
        const product_axis axis{size, step(statement.target, letter), step(left, letter), step(right, letter)};
        if (size == 1) return;
        for (std::size_t i = 0; i < count; ++i) {
            const bool outside = axes[i].contains(axis);
            if (!outside && !axis.contains(axes[i])) continue;
            const product_axis& inner = outside ? axis : axes[i];
            axes[i] = {axes[i].size * size, inner.target, inner.left, inner.right};
            return;
        }
        axes[count++] = axis;
    };
    for (std::size_t i = 0; i < traits::out.count; ++i) add(traits::out.letter[i]);
    for (std::size_t i = 0; i < traits::summed.count; ++i) add(traits::summed.letter[i]);
    return axes;
}

/// The plan with the largest matrices, if there is one: every matrix must be contiguous along one of its axes.
inline std::optional<matrix_plan> plan_matrices(const std::array<product_axis, 8>& axes, std::size_t count) {
    std::optional<matrix_plan> best;
    for (std::size_t i = 0; i < count; ++i)
        if (axes[i].is_summed() && (axes[i].left == 0 || axes[i].right == 0)) return best;
    // `count` stands for an axis of size 1, which is contiguous in every array.
    const auto at = [&](std::size_t i) { return i < count ? axes[i] : product_axis{1, 1, 1, 1}; };
    for (std::size_t r = 0; r <= count; ++r) {
        if (r < count && !axes[r].is_row()) continue;
        for (std::size_t c = 0; c <= count; ++c) {
            if (c < count && !axes[c].is_column()) continue;
            for (std::size_t s = 0; s <= count; ++s) {
                if (s < count && !axes[s].is_summed()) continue;
                matrix_plan plan{at(r), at(c), at(s), {}, {}, 0, false};
                if (plan.row.target != 1 && plan.column.target != 1) continue;
                if (plan.row.left != 1 && plan.summed.left != 1) continue;
                if (plan.column.right != 1 && plan.summed.right != 1) continue;
                if (best && best->work() >= plan.work()) continue;
                plan.swapped = plan.row.target != 1;
                for (std::size_t i = 0; i < count; ++i) {
                    if (i == r || i == c || i == s) continue;
                    const bool can_repeat = !axes[i].is_summed() && axes[i].size > plan.repeated.size;
                    if (can_repeat && plan.repeated.size > 1) plan.further[plan.further_count++] = plan.repeated;
                    if (can_repeat) plan.repeated = axes[i];
                    else plan.further[plan.further_count++] = axes[i];
                }
                best = plan;
            }
        }
    }
    return best;
}

/// multiply(product) for every multiplication of a plan.
template <class T, class Multiply>
void run_matrix_plan(const matrix_plan& plan, T* target, const T* left, const T* right, bool accumulates,
                     Multiply&& multiply, std::size_t depth = 0) {
    if (depth < plan.further_count) {
        const product_axis& axis = plan.further[depth];
        for (std::size_t i = 0; i < axis.size; ++i)
            run_matrix_plan(plan, target + i * axis.target, left + i * axis.left, right + i * axis.right,
                            accumulates || (i > 0 && axis.is_summed()), multiply, depth + 1);
        return;
    }
    const auto [row, column] = plan.swapped ? std::pair{plan.column, plan.row} : std::pair{plan.row, plan.column};
    // An axis of size 1 has no neighbours; still a lead is at least the length of a column.
    const auto lead = [](std::size_t first, std::size_t size_of_first, std::size_t second, std::size_t size_of_second) {
        return std::max(first == 1 ? second : first, first == 1 ? size_of_first : size_of_second);
    };
    const std::size_t row_of_left = plan.swapped ? row.right : row.left,
                      term_of_left = plan.swapped ? plan.summed.right : plan.summed.left,
                      term_of_right = plan.swapped ? plan.summed.left : plan.summed.right,
                      column_of_right = plan.swapped ? column.left : column.right;
    matrix_product<T> product;
    product.rows = row.size, product.columns = column.size, product.terms = plan.summed.size;
    product.count = plan.repeated.size;
    product.target = target, product.target_lead = std::max(column.target, row.size);
    product.target_distance = plan.repeated.target;
    product.left = plan.swapped ? right : left, product.right = plan.swapped ? left : right;
    product.left_lead = lead(row_of_left, row.size, term_of_left, product.terms),
    product.left_is_transposed = row_of_left != 1;
    product.right_lead = lead(term_of_right, product.terms, column_of_right, column.size),
    product.right_is_transposed = term_of_right != 1;
    product.left_distance = plan.swapped ? plan.repeated.right : plan.repeated.left;
    product.right_distance = plan.swapped ? plan.repeated.left : plan.repeated.right;
    product.accumulates = accumulates;
    multiply(product);
}

}  // namespace apd::ext::detail
