#pragma once
// Which random numbers are whose: one table of streams, and of the batches that are drawn aside from a run.

#include <cstddef>
#include <cstdint>

namespace apd::ext {

/// Streams of random numbers: every draw has the seed of its run or data and a stream of its own, so that none repeats
/// another's numbers.
enum random_stream : std::uint32_t {
    data_stream = 1,           ///< batches of `sparse_features`
    factor_streams = 1000,     ///< first factors: two for each of at most 500 sites
    parameter_streams = 2000,  ///< first parameters of a target: one for each of at most 1000 matrices
    one_feature_stream = 3000,
    scrubbing_stream,
    ablation_stream,
    comparison_stream,
    order_streams = 3100,      ///< the order of labelled samples: one for each of four rounds
    node_streams = 4000,       ///< nodes of a method: one for each, see `problem::new_stream`
    part_streams = 1U << 31U,  ///< first numbers of what nodes learn: one for each name
};

/// Numbers of batches that no run sees: those from which components start, and on which losses are measured.
inline constexpr std::uint32_t batch_of_start = 4'000'000'000, batches_of_units = batch_of_start + 1;

}  // namespace apd::ext
