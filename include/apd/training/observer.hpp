#pragma once
// What a run tells its observers while it goes on.

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace apd::ext {

/// One record of a run.
struct progress {
    std::size_t step, steps;                  ///< steps done, and to do in all
    double learning_rate, seconds;            ///< of this step; since the start
    double total;                             ///< the weighted sum of the terms, if there are any
    std::span<const std::string_view> names;  ///< of the terms
    std::span<const double> values;           ///< of the terms, without their coefficients
    std::size_t run = 0, runs = 1;            ///< which of how many that are learned together
    bool begins = false, ends = false;        ///< whether it is the run's first record, or its last
    std::string_view failure = {};            ///< why the run ends here, if a term became NaN or infinite
    std::size_t steps_before = 0;             ///< steps that were done before, by the run that this one resumes
};

/// Concept: what `decompose` calls for every record: any callable that takes a `progress`, and one that takes also a
/// snapshot, a function that returns the result so far, if it is asked to.
///
/// The snapshot's `to_resume()` is what `checkpoint` saves of the run; it is read from the run's memory when it is
/// written, so that it is of use during the call alone.
///
/// One object may watch several runs, one after the other: what it remembers of a run it keeps by `progress::run`, and
/// forgets at a record that `begins`. Every run that has steps sends records from one that `begins` to one that `ends`
/// (all steps are done, it was told to stop, or it failed), unless an exception ends them all. A run that fails sends a
/// last record whose `failure` says why, its values as they are; observers that take a snapshot are spared it, as there
/// is nothing good to save. What an observer throws ends the run. Runs on several threads need an object each.
///
/// Models: progress_bar, log_lines, checkpoint, resume; `[](const apd::progress& p) { … }`.
template <class O, class Snapshot>
concept observer = std::is_invocable_v<O&, const progress&> || std::is_invocable_v<O&, const progress&, Snapshot>;

}  // namespace apd::ext

namespace apd {
using ext::progress;
}  // namespace apd
