#pragma once
// A string that can be a template argument: the names of sites, tensors and axes are part of a type.

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace apd {

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

}  // namespace apd
