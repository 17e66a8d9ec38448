#pragma once
// Normal numbers on the host, from counter-based random words.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>

#include <apd/core/philox.hpp>

namespace apd::ext::detail {

// Two independent standard normal numbers (Box, Muller) from two random words.
inline std::array<double, 2> normal_pair(std::uint32_t first, std::uint32_t second) {
    const double radius = std::sqrt(-2 * std::log((first + 1.0) / 4294967296.0));
    const double angle = 2 * std::numbers::pi * second / 4294967296.0;
    return {radius * std::cos(angle), radius * std::sin(angle)};
}
/// Normal numbers of mean 0: a pure function of seed and stream.
template <class T>
void fill_normal(std::span<T> values, double deviation, std::uint64_t seed, std::uint32_t stream) {
    for (std::size_t i = 0; i < values.size(); i += 4) {
        const auto words = philox({static_cast<std::uint32_t>(i / 4), 0, 0, stream}, seed);
        const auto first = normal_pair(words[0], words[1]), second = normal_pair(words[2], words[3]);
        const std::array<double, 4> four{first[0], first[1], second[0], second[1]};
        for (std::size_t j = 0; j < 4 && i + j < values.size(); ++j)
            values[i + j] = static_cast<T>(deviation * four[j]);
    }
}

}  // namespace apd::ext::detail
