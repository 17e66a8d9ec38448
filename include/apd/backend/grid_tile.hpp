#pragma once
// Sums of products on a grid of threads: groups compute tiles of rows and columns, whose operands they share.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <apd/array/positions.hpp>
#include <apd/backend/grid_statement.hpp>

namespace apd::ext::detail {

/// How wide a tile is for so many rows or columns.
constexpr std::size_t tile_width(std::size_t wanted, std::size_t widest) {
    std::size_t width = 16;
    while (width < wanted && width < widest) width *= 2;
    return width;
}

/// An operand of a product in memory: element (i, k), of row or column i and term k, is data[lane(i) + term(k)].
template <class T, class Lane, class Term>
struct tile_operand {
    const T* data;
    std::size_t lanes;
    Lane lane;
    Term term;
};
template <class T, class Lane, class Term>
tile_operand(T*, std::size_t, Lane, Term) -> tile_operand<std::remove_const_t<T>, Lane, Term>;

/// How a group of threads reads `depth` terms of an operand for all: each thread a few elements, which lie in its
/// registers while the terms before are multiplied.
///
/// `ByTerm`: neighbouring terms are neighbours in memory, not neighbouring lanes.
template <class Group, class T, std::size_t Lanes, std::size_t Depth, bool ByTerm>
class tile_reader {
    static constexpr std::size_t of_thread = Lanes * Depth / Group::size;
    static_assert(Lanes * Depth % Group::size == 0);
    // Lanes that follow each other after a whole number of rounds are the same.
    static constexpr std::size_t offsets = ByTerm ? of_thread : Lanes <= Group::size ? 1 : Lanes / Group::size;

  public:
    APD_HOST_DEVICE tile_reader(const Group& group, const auto& operand) : rank_(group.rank()) {
        for (std::size_t n = 0; n < offsets; ++n)
            offset_[n] = lane(n) < operand.lanes ? operand.lane(lane(n)) : std::size_t{0};
    }
    APD_HOST_DEVICE void read(const auto& operand, std::size_t begin, std::size_t end) {
        for (std::size_t n = 0; n < of_thread; ++n) {
            const bool is_there = lane(n) < operand.lanes && begin + term(n) < end;
            element_[n] = is_there ? operand.data[offset_[n % offsets] + operand.term(begin + term(n))] : T(0);
        }
    }
    template <std::size_t Padded>
    APD_HOST_DEVICE void write(T (&to)[Depth][Padded]) const {
        for (std::size_t n = 0; n < of_thread; ++n) to[term(n)][lane(n)] = element_[n];
    }

  private:
    APD_HOST_DEVICE std::size_t lane(std::size_t n) const {
        const std::size_t item = rank_ + n * Group::size;
        return ByTerm ? item / Depth : item % Lanes;
    }
    APD_HOST_DEVICE std::size_t term(std::size_t n) const {
        const std::size_t item = rank_ + n * Group::size;
        return ByTerm ? item % Depth : item / Lanes;
    }
    std::size_t rank_, offset_[offsets];
    T element_[of_thread];
};

/// A tile of Σ_k left(row, k) · right(k, column), [Rows, Columns], as a group of threads computes it: every operand is
/// read once for all threads, and each thread has its part of the sums in registers.
///
/// `LeftByTerm`, `RightByTerm`: whether neighbouring terms of an operand are neighbours in memory.
template <class T, std::size_t Rows, std::size_t Columns, bool LeftByTerm, bool RightByTerm>
struct product_tile {
    static constexpr std::size_t depth = 32;  ///< terms at a time
    struct shared {
        // A few numbers more a line: threads that write one column find different banks, and lines stay aligned.
        static constexpr std::size_t more = 16 / sizeof(T);
        alignas(16) T left[depth][Rows + more];
        alignas(16) T right[depth][Columns + more];
    };

    /// done(row, column, sum) for every row and column that the operands have.
    template <class Group>
    APD_HOST_DEVICE static void compute(const Group& group, shared& operands, std::size_t terms, const auto& left,
                                        const auto& right, const auto& done) {
        constexpr std::size_t across = Group::size < 16 ? Group::size : 16, down = Group::size / across;
        static_assert(Rows % down == 0 && Columns % across == 0);
        constexpr std::size_t height = Rows / down, width = Columns / across;
        // Neighbours in each thread, so that it reads several at once.
        const std::size_t first_row = group.rank() / across * height, first_column = group.rank() % across * width;
        T sums[height][width] = {};
        tile_reader<Group, T, Rows, depth, LeftByTerm> of_left(group, left);
        tile_reader<Group, T, Columns, depth, RightByTerm> of_right(group, right);
        of_left.read(left, 0, terms);
        of_right.read(right, 0, terms);
        for (std::size_t begin = 0; begin < terms; begin += depth) {
            of_left.write(operands.left);
            of_right.write(operands.right);
            group.sync();
            of_left.read(left, begin + depth, terms);
            of_right.read(right, begin + depth, terms);
            const std::size_t n = terms - begin < depth ? terms - begin : depth;
            for (std::size_t k = 0; k < n; ++k) {
                T l[height], r[width];
                for (std::size_t i = 0; i < height; ++i) l[i] = operands.left[k][first_row + i];
                for (std::size_t j = 0; j < width; ++j) r[j] = operands.right[k][first_column + j];
                for (std::size_t i = 0; i < height; ++i)
                    for (std::size_t j = 0; j < width; ++j) sums[i][j] += l[i] * r[j];
            }
            group.sync();
        }
        for (std::size_t i = 0; i < height; ++i)
            for (std::size_t j = 0; j < width; ++j) {
                const std::size_t row = first_row + i, column = first_column + j;
                if (row < left.lanes && column < right.lanes) done(row, column, sums[i][j]);
            }
    }
};

// The letters of a leaf; over pairs, those that pairs don't give.
template <class Leaf, bool OverPairs>
constexpr letter_list free_letters() {
    letter_list list;
    add_letters<Leaf>(list);
    return OverPairs ? list.without('p').without('b').without('c') : list;
}
constexpr letter_list common(letter_list list, letter_list other) {
    letter_list both;
    for (std::size_t i = 0; i < list.count; ++i)
        if (other.has(list.letter[i])) both.add(list.letter[i]);
    return both;
}
// The letter along which a leaf is contiguous in memory.
template <class Leaf>
constexpr char contiguous_letter() {
    for (std::size_t axis = 0; axis < Leaf::letters::count; ++axis)
        if (Leaf::view_type::is_contiguous_along(axis)) return Leaf::letters::letter(axis);
    return '\0';
}

// Where in a leaf combination `number` of some letters lies, from where `at` has set other ones.
template <class Positions, class Leaf>
APD_HOST_DEVICE std::size_t offset_of(const Leaf& leaf, std::size_t number, position at = {}) {
    Positions::place(at, static_cast<std::uint32_t>(number), 1);
    return leaf.offset(at);
}

// A leaf as an operand whose lanes are the combinations of some letters from number `first` on, `count` in all.
template <class Lanes, class Leaf, class Term>
APD_HOST_DEVICE auto operand_of(const Leaf& leaf, std::size_t first, std::size_t count, const Term& term,
                                position at = {}) {
    return tile_operand{leaf.array.data, count - first,
                        [&leaf, first, at](std::size_t lane) { return offset_of<Lanes>(leaf, first + lane, at); },
                        term};
}

/// A statement `target (+)= left * right` as a product of matrices: which letters are rows, columns and terms. Over
/// pairs, the letters that a pair gives (p, b, c) are none of them.
template <class Statement, bool OverPairs = false>
struct product_rules {
    static constexpr bool is_product = false;
};
template <class Target, class VA, class LA, class VB, class LB, bool Accumulate, bool OverPairs>
struct product_rules<assignment<Target, mapped<multiply, indexed<VA, LA>, indexed<VB, LB>>, Accumulate>, OverPairs> {
    using statement = assignment<Target, mapped<multiply, indexed<VA, LA>, indexed<VB, LB>>, Accumulate>;
    using traits = statement_traits<statement>;
    using A = indexed<VA, LA>;
    using B = indexed<VB, LB>;
    template <class Leaf>
    static constexpr bool of_pairs = Leaf::letters::has('p') || Leaf::letters::has('b');
    /// An operand of pairs is on the left of one of components.
    static constexpr bool is_swapped = OverPairs && of_pairs<B> && !of_pairs<A>;
    using left_leaf = std::conditional_t<is_swapped, B, A>;
    using right_leaf = std::conditional_t<is_swapped, A, B>;
    static constexpr letter_list out = free_letters<Target, OverPairs>(),
                                 in_left = free_letters<left_leaf, OverPairs>(),
                                 in_right = free_letters<right_leaf, OverPairs>();
    static constexpr letter_list rows = common(out, in_left), columns = common(out, in_right), terms = [] {
        letter_list list;
        const letter_list both = common(in_left, in_right);
        for (std::size_t i = 0; i < both.count; ++i)
            if (!out.has(both.letter[i])) list.add(both.letter[i]);
        return list;
    }();
    /// Every letter of the target is in one operand, every other one in both.
    static constexpr bool is_product = rows.count + columns.count == out.count && common(rows, columns).count == 0 &&
                                       rows.count + terms.count == in_left.count &&
                                       columns.count + terms.count == in_right.count;
    using row_positions = counted_positions<traits, rows>;
    using column_positions = counted_positions<traits, columns>;
    using term_positions = counted_positions<traits, terms>;

    template <class S>
    APD_HOST_DEVICE static const left_leaf& left(const S& s) {
        return get < is_swapped ? 1 : 0 > (s.value.arguments);
    }
    template <class S>
    APD_HOST_DEVICE static const right_leaf& right(const S& s) {
        return get < is_swapped ? 0 : 1 > (s.value.arguments);
    }
};

/// Groups: each computes a tile of a product without a run-time axis, or of a part of its sums.
///
/// Where the sums are long and their elements few, several groups share a tile's terms: `parts` results each, which
/// `sum_of_parts` adds up.
template <class Statement>
struct tile_of_product {
    using rules = product_rules<Statement>;
    using T = typename Statement::scalar;
    static constexpr std::size_t rows = rules::row_positions::static_size,
                                 columns = rules::column_positions::static_size,
                                 terms = rules::term_positions::static_size;
    static constexpr std::size_t height = tile_width(rows, 64), width = tile_width(columns, 64);
    static constexpr std::size_t across = (columns + width - 1) / width, tiles = (rows + height - 1) / height * across;
    using tile = product_tile<T, height, width, rules::terms.has(contiguous_letter<typename rules::left_leaf>()),
                              rules::terms.has(contiguous_letter<typename rules::right_leaf>())>;
    using shared = typename tile::shared;
    Statement statement;
    std::size_t parts;
    T* sums;  ///< [parts, rows, columns]

    APD_HOST_DEVICE std::size_t groups() const { return tiles * parts; }
    APD_HOST_DEVICE void operator()(const auto& group, std::size_t number, shared& operands) const {
        const std::size_t part = number / tiles, first_row = number % tiles / across * height,
                          first_column = number % tiles % across * width;
        const std::size_t of_part = (terms + parts - 1) / parts, begin = part * of_part,
                          end = begin + of_part < terms ? begin + of_part : terms;
        const auto& left = rules::left(statement);
        const auto& right = rules::right(statement);
        tile::compute(group, operands, begin < end ? end - begin : 0,
                      operand_of<typename rules::row_positions>(
                          left, first_row, rows,
                          [&](std::size_t k) { return offset_of<typename rules::term_positions>(left, begin + k); }),
                      operand_of<typename rules::column_positions>(
                          right, first_column, columns,
                          [&](std::size_t k) { return offset_of<typename rules::term_positions>(right, begin + k); }),
                      [&](std::size_t row, std::size_t column, T sum) {
                          sums[(part * rows + first_row + row) * columns + first_column + column] = sum;
                      });
    }
};
/// Threads: each adds up the parts of one element, in their order.
template <class Statement>
struct sum_of_parts {
    using rules = product_rules<Statement>;
    using T = typename Statement::scalar;
    static constexpr std::size_t columns = rules::column_positions::static_size,
                                 elements = rules::row_positions::static_size * columns;
    Statement statement;
    std::size_t parts;
    const T* sums;

    APD_HOST_DEVICE static std::size_t count() { return elements; }
    APD_HOST_DEVICE void operator()(std::size_t item) const {
        T sum = 0;
        for (std::size_t part = 0; part < parts; ++part) sum += sums[part * elements + item];
        position at;
        rules::row_positions::place(at, static_cast<std::uint32_t>(item / columns), 1);
        rules::column_positions::place(at, static_cast<std::uint32_t>(item % columns), 1);
        write(statement, at, sum);
    }
};

}  // namespace apd::ext::detail
