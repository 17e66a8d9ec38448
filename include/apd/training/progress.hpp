#pragma once
// What a run tells its observers while it goes on.

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace apd {

/// One record of a run.
struct progress {
    std::size_t step, steps;                  ///< steps done, and to do in all
    double learning_rate, seconds;            ///< of this step; since the start
    double total;                             ///< the weighted sum of the terms, if there are any
    std::span<const std::string_view> names;  ///< of the terms
    std::span<const double> values;           ///< of the terms, without their coefficients
    std::size_t run = 0, runs = 1;            ///< which of how many that are learned together
};

/// Concept: what `decompose` calls for every record: any callable that takes a `progress`, and one that takes also a
/// snapshot, a function that returns the result so far, if it is asked to.
///
/// Models: progress_bar, checkpoint; `[](const apd::progress& p) { … }`.
template <class O, class Snapshot>
concept observer = std::is_invocable_v<O&, const progress&> || std::is_invocable_v<O&, const progress&, Snapshot>;

}  // namespace apd
