#pragma once
// A string that can be a template argument: the names of sites, tensors and axes are part of a type.

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace apd::ext {

/// A compile-time string, deduced from a literal: `linear<"W", 5, 2>`.
template <std::size_t N>
struct static_string {
    char text[N]{};

    consteval static_string() = default;
    consteval static_string(const char (&literal)[N]) { std::copy_n(literal, N, text); }  // NOLINT: a literal is meant

    constexpr std::string_view view() const { return {text, N - 1}; }
    static constexpr std::size_t size() { return N - 1; }
    constexpr char operator[](std::size_t i) const { return text[i]; }

    template <std::size_t M>
    constexpr bool operator==(const static_string<M>& other) const {
        return view() == other.view();
    }
};

namespace detail {
template <static_string Pattern, std::size_t Number>
consteval auto number_in() {
    constexpr std::size_t star = [] {  // by hand: g++ 12 finds nothing in a template argument where UBSan looks on
        std::size_t at = 0;
        while (at < Pattern.size() && Pattern[at] != '*') ++at;
        return at;
    }();
    static_assert(star < Pattern.size(), "apd::numbered: the name has no *, in whose place the number goes.");
    constexpr std::size_t digits = [] {
        std::size_t count = 1;
        for (std::size_t rest = Number; rest > 9; rest /= 10) ++count;
        return count;
    }();
    static_string<Pattern.size() + digits> name;
    for (std::size_t i = 0; i < star; ++i) name.text[i] = Pattern[i];
    for (std::size_t i = digits, rest = Number; i-- > 0; rest /= 10)
        name.text[star + i] = static_cast<char>('0' + rest % 10);
    for (std::size_t i = star + 1; i < Pattern.size(); ++i) name.text[i + digits - 1] = Pattern[i];
    return name;
}
}  // namespace detail

/// `numbered<"h.*.q", 3>` is "h.3.q": the name of a layer in block 3 of a stack.
template <static_string Pattern, std::size_t Number>
inline constexpr auto numbered = detail::number_in<Pattern, Number>();

/// A name as a type, letter by letter, for messages of compilers that print strings as numbers.
template <char... Letters>
struct named;

namespace detail {
template <static_string Name, std::size_t... I>
auto spell(std::index_sequence<I...>) -> named<Name[I]...>;
}  // namespace detail

/// `spelled<"W">` is `named<'W'>`.
template <static_string Name>
using spelled = decltype(detail::spell<Name>(std::make_index_sequence<Name.size()>{}));

}  // namespace apd::ext

namespace apd {
using ext::static_string, ext::numbered;
}  // namespace apd
