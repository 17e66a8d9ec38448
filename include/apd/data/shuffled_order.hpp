#pragma once
// An order drawn from a seed, of which any place is computed without the others.

#include <bit>
#include <cstddef>
#include <cstdint>

#include <apd/core/annotations.hpp>
#include <apd/core/philox.hpp>
#include <apd/core/streams.hpp>

namespace apd::ext {

/// What stands at a place of 0, …, size − 1 in the order of an epoch: every number below `size` once. A Feistel network
/// on as many bits as size has, rounded up to an even number, walked until it meets a number below size (Black and
/// Rogaway 2002): four rounds a turn, four turns at most on average.
APD_HOST_DEVICE inline std::size_t shuffled_place(std::size_t place, std::size_t size, std::uint32_t epoch,
                                                  std::uint64_t seed) {
    const auto half = static_cast<unsigned>(std::bit_width(size - 1) + 1) / 2;
    const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
    std::uint64_t number = place;
    do {
        std::uint64_t left = number >> half, right = number & mask;
        for (std::uint32_t round = 0; round < 4; ++round) {
            const auto words =
                philox<std::uint32_t>({static_cast<std::uint32_t>(right), static_cast<std::uint32_t>(right >> 32U),
                                       epoch, order_streams + round},
                                      seed);
            const std::uint64_t drawn = words[0] | std::uint64_t{words[1]} << 32U;
            const std::uint64_t next = (left ^ drawn) & mask;
            left = right, right = next;
        }
        number = left << half | right;
    } while (number >= size);
    return number;
}

}  // namespace apd::ext
