#pragma once
// How many rows a batch has.

#include <cstddef>

namespace apd {

/// The rows of a batch: samples, or positions of sequences (batch × length). Arrays of a step hold `present` of them:
/// fewer than there is room for where rows of zeros, which change nothing, are left out. Means divide by `nominal`: all
/// rows of the batch, wherever they are.
struct batch_rows {
    std::size_t nominal;
    std::size_t capacity = nominal;  ///< the most that arrays hold, for which they are made
    std::size_t present = capacity;
    std::size_t first = 0;  ///< the number of the first row here among all of the batch
};

}  // namespace apd
