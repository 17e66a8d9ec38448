#pragma once
// Names for the axes of an array, one letter each: "bo"_i reads as the subscripts of an equation.

#include <array>
#include <concepts>
#include <cstddef>

#include <apd/core/static_string.hpp>

namespace apd {

/// The subscripts of one array in an expression; letters repeat across arrays as in Einstein notation.
template <static_string Letters>
struct axes {
    static constexpr auto text = Letters;
    static constexpr std::size_t count = Letters.size();
    static constexpr char letter(std::size_t axis) { return Letters[axis]; }

    /// Whether the letter occurs, and on which axis (count where it does not).
    static constexpr std::size_t find(char wanted) {
        for (std::size_t axis = 0; axis < count; ++axis)
            if (Letters[axis] == wanted) return axis;
        return count;
    }
    static constexpr bool has(char wanted) { return find(wanted) < count; }
    static constexpr bool has_repeated_letter() {
        for (std::size_t axis = 0; axis < count; ++axis)
            if (find(Letters[axis]) != axis) return true;
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
template <static_string Letters, char From, char To>
inline constexpr auto renamed = [] {
    auto letters = Letters;
    for (char& letter : letters.text)
        if (letter == From) letter = To;
    return letters;
}();
// "abc…": any array, entry by entry.
template <std::size_t Rank>
inline constexpr auto array_letters = [] {
    constexpr static_string<Rank + 1> letters = [] {
        static_string<Rank + 1> text;
        for (std::size_t axis = 0; axis < Rank; ++axis) text.text[axis] = static_cast<char>('a' + axis);
        return text;
    }();
    return axes<letters>{};
}();
// Letters without Left_out, which occurs once.
template <static_string Letters, char LeftOut>
inline constexpr auto without = [] {
    static_string<sizeof(Letters.text) - 1> rest;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < Letters.size(); ++i)
        if (Letters[i] != LeftOut) rest.text[kept++] = Letters[i];
    return rest;
}();
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
constexpr axes<Letters> operator""_i() {
    return {};
}
}  // namespace literals

}  // namespace apd
