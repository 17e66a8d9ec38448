#pragma once
// What a run's own numbers say against its result, in sentences.

#include <string>
#include <vector>

#include <apd/training/run_record.hpp>

namespace apd::ext {

namespace detail {

// Last values of the terms as shares of those of no components; 0 where these are 0.
std::vector<double> shares_of_nothing(const run_record& run);

}  // namespace detail

/// Why a result should not be trusted as it is: the run failed or did not take a step; the components do not add up to
/// the weights (faithfulness above 1 % of the weights' square); there are more mechanisms than components. Empty if the
/// numbers of the run speak for it: that is no proof.
///
/// Example: `for (const auto& each : apd::warnings(result)) std::cerr << "warning: " << each << '\n';`
std::vector<std::string> warnings(const run_record& run);

}  // namespace apd::ext

namespace apd {
using ext::warnings;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/training/warnings.ipp>
#endif
