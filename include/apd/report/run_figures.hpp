#pragma once
// What is recorded of a run, as pictures: its losses, and the gains of the samples that its components start from.

#include <string>

#include <apd/component/sample_gains.hpp>
#include <apd/training/run_record.hpp>

namespace apd::ext::detail {

std::string loss_chart(const run_record& run);

// Each loss at the end beside that of no components, where that is known; as a share of it, unless it is next to
// nothing: components that are zero are simple.
std::string losses_table(const run_record& run);

// What each sample gained from which a component was made: where mechanisms end, gains fall. At least one is chosen.
std::string gains_chart(const sample_gains& gains);

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/report/run_figures.ipp>
#endif
