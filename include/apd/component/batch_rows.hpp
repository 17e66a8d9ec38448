#pragma once
// How many rows a batch has.

#include <cstddef>
#include <string>

#include <apd/backend/team.hpp>
#include <apd/core/error.hpp>

namespace apd::ext {

/// The rows of a batch: samples, or positions of sequences (batch × length). Arrays of a step hold `present` of them:
/// fewer than there is room for where rows of zeros, which change nothing, are left out. Means divide by `nominal`: all
/// rows of the batch, wherever they are.
struct batch_rows {
    std::size_t nominal;
    std::size_t capacity = nominal;  ///< the most that arrays hold, for which they are made
    std::size_t first = 0;           ///< the number of the first row here among all of the batch
    // Not `first` last: g++ 12 makes the constants {n, n, n, 0} {n, n, n, n} (docs/compilers.md, "A fault of g++ 12").
    std::size_t present = capacity;
};

/// Some of the rows of a step that follow each other.
struct row_piece {
    std::size_t begin, count;
};

/// So many rows, rounded up to whole sequences.
constexpr std::size_t whole_sequences(std::size_t rows, std::size_t length) {
    return (rows + length - 1) / length * length;
}
/// Errors: `apd::error` unless so many rows are whole sequences.
inline void check_sequences(std::size_t rows, std::size_t length) {
    if (rows % length != 0)
        throw error(
            "batch",
            std::to_string(rows) + " rows are no whole number of sequences of " + std::to_string(length) + " positions",
            "choose a multiple of " + std::to_string(length) + ": every position is a row");
}

/// The rows of a batch that a team's slice has; all, where there is no team. Errors: `apd::error` if the batch can't be
/// cut into as many equal slices.
inline batch_rows rows_of_slice(std::size_t batch, const team* together) {
    if (together == nullptr) return {batch};
    const std::size_t slices = together->size(), own = batch / slices;
    if (own * slices != batch || own == 0)
        throw error(
            "slices",
            "a batch of " + std::to_string(batch) + " can't be cut into " + std::to_string(slices) + " equal slices",
            "choose a batch that is a multiple of " + std::to_string(slices));
    return {.nominal = batch, .capacity = own, .first = own * together->number(), .present = own};
}

}  // namespace apd::ext
