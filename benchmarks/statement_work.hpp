#pragma once
// What a statement costs at the least, its arithmetic and every array of it moved once, and how it is written.

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <apd/array/statement.hpp>

namespace counting {

/// The least that statements cost, together.
struct work {
    double flop = 0;          ///< one for every function and every sum at every position, whatever the function
    double product_flop = 0;  ///< the part of it that sums products of arrays
    double bytes = 0;         ///< every array that is read once, and every array that is written once

    work& operator+=(const work& more) {
        flop += more.flop, product_flop += more.product_flop, bytes += more.bytes;
        return *this;
    }
};

/// An array as a statement mentions it.
struct array_use {
    const void* data = nullptr;
    std::string_view letters;
    std::span<const std::size_t> sizes;  ///< of the letters, `dynamic` for the run-time one
    std::size_t samples = 0, scalar_bytes = 0;

    double size(std::size_t axis) const {
        return static_cast<double>(sizes[axis] == apd::dynamic ? samples : sizes[axis]);
    }
};

/// A statement without its types, so that what counts it is compiled once.
struct statement_outline {
    std::size_t functions = 0;
    bool only_multiplies = false, accumulates = false;
    array_use target{};
    std::array<array_use, 16> read{};
    std::size_t read_count = 0;

    std::span<const array_use> operands() const { return std::span(read).first(read_count); }
    /// The number of samples; 0 if no array has any.
    std::size_t samples() const {
        std::size_t most = 0;
        const auto meet = [&](const array_use& use) {
            if (std::ranges::count(use.sizes, apd::dynamic) != 0) most = use.samples;
        };
        meet(target);
        std::ranges::for_each(operands(), meet);
        return most;
    }
};

namespace detail {

template <class Axes>
struct letters_of;
template <char... Letters>
struct letters_of<apd::ext::axes<Letters...>> {
    static constexpr std::array<char, sizeof...(Letters) + 1> text{Letters..., '\0'};
};

template <class E>
struct functions_of {
    static constexpr std::size_t count = 0;
    static constexpr bool only_multiply = true;
};
template <class F, class... Arguments>
struct functions_of<apd::ext::mapped<F, Arguments...>> {
    static constexpr std::size_t count = (std::size_t{1} + ... + functions_of<Arguments>::count);
    static constexpr bool only_multiply =
        std::is_same_v<F, apd::ext::detail::multiply> && (functions_of<Arguments>::only_multiply && ...);
};

template <class View, class Axes>
array_use use_of(const apd::ext::indexed<View, Axes>& leaf) {
    return {leaf.array.data, letters_of<Axes>::text.data(), View::shape::sizes, leaf.array.batch,
            sizeof(typename View::value_type)};
}

}  // namespace detail

template <class Target, class Value, bool Accumulate>
statement_outline outline(const apd::ext::assignment<Target, Value, Accumulate>& statement) {
    using functions = detail::functions_of<Value>;
    constexpr std::size_t operands = apd::ext::detail::leaves_of<Value>::type::count;
    static_assert(operands <= std::tuple_size_v<decltype(statement_outline::read)>);
    statement_outline lines{.functions = functions::count,
                            .only_multiplies = functions::only_multiply && operands > 1,
                            .accumulates = Accumulate,
                            .target = detail::use_of(statement.target)};
    apd::ext::detail::for_each_leaf(statement.value,
                                    [&](const auto& leaf) { lines.read[lines.read_count++] = detail::use_of(leaf); });
    return lines;
}

/// Where statements run: at all positions of their letters, or at active pairs, which give the letters p, b and c.
struct domain {
    bool over_pairs = false;
    double pairs = 1;

    bool is_free(char letter) const { return !over_pairs || std::string_view("pbc").find(letter) == letter_not_found; }
    /// Whether several pairs meet in one element of an array.
    bool pairs_meet_in(const array_use& use) const { return over_pairs && use.letters.find('p') == letter_not_found; }
    double bytes(const array_use& use) const {
        const bool is_by_pair = use.letters.find_first_of("pb") != letter_not_found;
        return over_pairs && is_by_pair ? pairs * product_of_sizes(use, *this) : whole_bytes(use);
    }
    static double whole_bytes(const array_use& use) { return product_of_sizes(use, domain{}); }

  private:
    static constexpr auto letter_not_found = std::string_view::npos;
    static double product_of_sizes(const array_use& use, const domain& where) {
        auto bytes = static_cast<double>(use.scalar_bytes);
        for (std::size_t axis = 0; axis < use.letters.size(); ++axis)
            if (where.is_free(use.letters[axis])) bytes *= use.size(axis);
        return bytes;
    }
};

/// What statements that run one after the other cost. An array that several of them mention is moved once.
inline work work_of(const domain& where, std::span<const statement_outline> statements) {
    work total;
    std::vector<const void*> read, written;
    const auto move = [&](std::vector<const void*>& moved, const void* data, double bytes) {
        if (std::ranges::find(moved, data) != moved.end()) return;
        moved.push_back(data);
        total.bytes += bytes;
    };
    for (const statement_outline& each : statements) {
        std::string letters;
        double positions = where.pairs;
        const auto count_positions = [&](const array_use& use) {
            for (std::size_t axis = 0; axis < use.letters.size(); ++axis) {
                const char letter = use.letters[axis];
                if (!where.is_free(letter) || letters.find(letter) != std::string::npos) continue;
                letters += letter;
                positions *= use.size(axis);
            }
        };
        count_positions(each.target);
        const std::size_t kept = letters.size();
        std::ranges::for_each(each.operands(), count_positions);

        const bool meet = where.pairs_meet_in(each.target), adds_up = letters.size() > kept || meet;
        const double flop = positions * static_cast<double>(each.functions + (adds_up || each.accumulates ? 1 : 0));
        total.flop += flop;
        if (adds_up && each.only_multiplies) total.product_flop += flop;

        for (const array_use& use : each.operands()) move(read, use.data, where.bytes(use));
        if (each.accumulates) move(read, each.target.data, where.bytes(each.target));
        // What pairs meet in is set to zero first, everywhere.
        move(written, each.target.data,
             meet && !each.accumulates ? domain::whole_bytes(each.target) : where.bytes(each.target));
    }
    return total;
}

/// Letters and sizes of an array: "bi[B, 10]", and "·" for one number.
inline std::string written(const array_use& use) {
    if (use.letters.empty()) return "·";
    std::string text(use.letters);
    for (std::size_t axis = 0; axis < use.letters.size(); ++axis) {
        text += axis == 0 ? "[" : ", ";
        if (use.sizes[axis] == apd::dynamic) text += use.letters[axis] == 'p' ? "P" : "B";
        else text += std::to_string(use.sizes[axis]);
    }
    return text + "]";
}

/// The same of a statement, "bo[B, 40] = bi[B, 10] × oi[40, 10]", and how many run together with it; f stands for any
/// functions but a product.
inline std::string written(const domain& where, std::span<const statement_outline> statements) {
    const statement_outline& first = statements.front();
    std::string operands;
    for (const array_use& use : first.operands())
        operands += (operands.empty() ? "" : first.only_multiplies ? " × " : ", ") + written(use);
    if (!first.only_multiplies) operands = "f(" + operands + ")";
    const std::string more = statements.size() == 1 ? "" : " and " + std::to_string(statements.size() - 1) + " more";
    return written(first.target) + (first.accumulates ? " += " : " = ") + operands + more +
           (where.over_pairs ? " over pairs" : "");
}

}  // namespace counting
