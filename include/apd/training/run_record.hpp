#pragma once
// How components were found: what was asked for, and how it went.

#include <cstddef>
#include <string>
#include <vector>

#include <apd/component/sample_gains.hpp>
#include <apd/core/error.hpp>
#include <apd/io/tensors.hpp>
#include <apd/training/options.hpp>
#include <apd/training/saved_options.hpp>

namespace apd::ext {

/// The values of all terms at one step.
struct history_entry {
    std::size_t step;
    double learning_rate, total;
    std::vector<double> values;
};

/// What is known of a run beside its weights.
struct run_record {
    decompose_options options;
    std::string objective, optimiser;        ///< in words
    std::vector<std::string> terms;          ///< names of the losses
    std::vector<double> coefficients;        ///< theirs
    std::vector<double> without_components;  ///< values of the terms when all components are zero, on the first batch
    sample_gains gains;                      ///< of the samples that the components started from, if they did
    std::vector<history_entry> history;
    std::size_t completed_steps = 0;
    double seconds = 0;        ///< not saved: the same run gives the same bytes
    std::string failure = {};  ///< of a run in a list, why it ended: a term that became NaN or infinite
};

namespace detail {

/// Errors: `apd::error` if a coefficient is NaN or infinite.
void check_coefficients(const run_record& run);

/// The values of all terms at one step, into the history if they are finite; from the first that isn't, the run has
/// failed.
history_entry add_to_history(run_record& run, std::size_t step, double learning_rate, std::vector<double> values);

/// The names of the terms, numbered where there are several of one name.
std::vector<std::string> distinct_names(const std::vector<std::string>& terms);

/// The history as the tensor "history": a row for each record, step, learning rate, total, then the terms. The
/// coefficients, the losses without components and the gains as tensors of these names; the rest stands in the
/// metadata.
void write_record(const run_record& run, tensors& file);

/// Errors: `apd::error` if a tensor is missing or has another shape, or if something is no number or word that a run is
/// saved with.
run_record read_record(const tensors& file);

}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::history_entry, ext::run_record;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/training/run_record.ipp>
#endif
