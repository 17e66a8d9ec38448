#pragma once
// A hash of words and of types, the same in every program.

#include <cstdint>
#include <string_view>

namespace apd::ext::detail {

/// FNV-1a of 32 bits. Different words may have the same.
constexpr std::uint32_t hash_of(std::string_view words) {
    std::uint32_t hash = 2166136261U;
    for (const char letter : words) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619U;
    return hash;
}
/// Of a type, as the compiler spells it: the same for the same type, so that types can be sought in a loop.
template <class Type>
consteval std::uint32_t hash_of_type() {
    return hash_of(__PRETTY_FUNCTION__);
}

}  // namespace apd::ext::detail
