#pragma once
// Names for the axes of an array, one letter each: "bo"_i reads as the subscripts of an equation.

#include <array>
#include <concepts>
#include <cstddef>
#include <utility>

#include <apd/core/static_string.hpp>

namespace apd::ext {

/// The subscripts of one array in an expression; letters repeat across arrays as in Einstein notation.
template <char... Letters>
struct axes {
    static constexpr std::size_t count = sizeof...(Letters);
    static constexpr char letter(std::size_t axis) {
        char found = '\0';
        std::size_t next = 0;
        ((found = next++ == axis ? Letters : found), ...);
        return found;
    }

    /// Whether the letter occurs, and on which axis (count where it does not).
    static constexpr std::size_t find(char wanted) {
        for (std::size_t axis = 0; axis < count; ++axis)
            if (letter(axis) == wanted) return axis;
        return count;
    }
    static constexpr bool has(char wanted) { return find(wanted) < count; }
    static constexpr bool has_repeated_letter() {
        for (std::size_t axis = 0; axis < count; ++axis)
            if (find(letter(axis)) != axis) return true;
        return false;
    }
};

/// Concept: subscripts as `operator""_i` makes them.
template <class A>
concept named_axes = requires {
    { A::count } -> std::convertible_to<std::size_t>;
    { A::letter(0) } -> std::convertible_to<char>;
};

namespace detail {
template <char From, char To, char... Letters>
constexpr axes<(Letters == From ? To : Letters)...> renamed(axes<Letters...>) {
    return {};
}
template <char... Front, char... Back>
constexpr axes<Front..., Back...> joined(axes<Front...>, axes<Back...>) {
    return {};
}
template <char LeftOut>
constexpr axes<> without(axes<>) {
    return {};
}
template <char LeftOut, char First, char... Rest>
constexpr auto without(axes<First, Rest...>) {
    constexpr auto rest = without<LeftOut>(axes<Rest...>{});
    if constexpr (First == LeftOut) return rest;
    else return joined(axes<First>{}, rest);
}
// "abc…": any array, entry by entry.
template <std::size_t Rank>
inline constexpr auto array_letters = []<std::size_t... Axis>(std::index_sequence<Axis...>) {
    return axes<static_cast<char>('a' + Axis)...>{};
}
(std::make_index_sequence<Rank>{});
}  // namespace detail

/// A position in index space: one number per letter.
struct position {
    std::array<std::size_t, 128> at{};
    constexpr std::size_t& operator[](char letter) { return at[static_cast<unsigned char>(letter)]; }
    constexpr std::size_t operator[](char letter) const { return at[static_cast<unsigned char>(letter)]; }
};

inline namespace literals {
/// `z["bo"_i]`: subscripts as a literal.
template <static_string Letters>
constexpr auto operator""_i() {
    return []<std::size_t... I>(std::index_sequence<I...>) { return axes<Letters[I]...>{}; }
    (std::make_index_sequence<Letters.size()>{});
}
}  // namespace literals

}  // namespace apd::ext
