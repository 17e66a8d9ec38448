#pragma once
// A run in numbers, as JSON: what was asked for, what came out, and how it went.

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <apd/core/version.hpp>
#include <apd/training/options.hpp>
#include <apd/training/run_record.hpp>

namespace apd::ext {

/// What a caller knows of a run beside its record: a named number, several, or a text.
struct finding {
    std::string name;
    std::variant<double, std::vector<double>, std::string> value;
};

namespace detail {

std::string summary_of(const run_record& run, std::size_t components, std::string_view scalar,
                       const std::vector<finding>& findings);

}  // namespace detail

/// The options, coefficients, last losses and history of a decomposition, the version that made it, and the caller's
/// findings, as one JSON object; of a run that failed also the failure, and the losses before it.
///
/// The same run gives the same bytes for any number of threads, as it gives the same components: wall times are not
/// among them (see `run_record::seconds`, `log_lines` and the report). What may change the last bits, here and in what
/// `save` writes, is another machine, compiler, `-march` or backend.
/// Errors: `apd::error` if a finding is not in UTF-8.
/// Example: `apd::write_file_atomically("tms.json", apd::summary(result, {{"MMCS", 0.998}}));`
template <class Result>
std::string summary(const Result& result, const std::vector<finding>& findings = {}) {
    return detail::summary_of(result, Result::components, sizeof(typename Result::scalar) == 4 ? "float" : "double",
                              findings);
}

/// The JSON array of summaries, for one file of several runs.
std::string summaries(const std::vector<std::string>& of_runs);

}  // namespace apd::ext

namespace apd {
using ext::finding, ext::summary, ext::summaries;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/training/summary.ipp>
#endif
