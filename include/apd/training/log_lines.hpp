#pragma once
// An observer that writes every record as a line of JSON.

#include <filesystem>
#include <string>

#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/json_writer.hpp>
#include <apd/io/locked_lines.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/run_record.hpp>

namespace apd::ext {

/// Appends a line of JSON to a file for every record, which can be read at once (`tail -f`, `pandas.read_json(path,
/// lines=True)`): "run", its number among those learned together; "started", when the runs began, in seconds since
/// 1970, which tells the runs of one file apart; "step" and "steps"; "seconds" since the start; "rate"; "total", the
/// weighted sum; then every term by its name, without its coefficient. The last line of a run that fails has its
/// "failure"; a number that is NaN or infinite is null.
///
/// The file is never begun anew: a run that is started again, or another process, adds to it, and the part of a line
/// that a killed one has left is cut off.
/// Errors: `apd::error` for a path without a file's name, and at the first record if a line can't be written. A later
/// one that can't, as on a full disk, is told on the standard error output and left out; the run goes on.
/// Example: `apd::decompose<5>(device, target, data, objective, options, apd::log_lines("run.jsonl"));`
class log_lines {
  public:
    explicit log_lines(std::filesystem::path path);

    void operator()(const progress& p);

  private:
    std::string line_of(const progress& p) const;

    std::filesystem::path path_;
    double started_ = 0;
    bool fails_ = false;
};

}  // namespace apd::ext

namespace apd {
using ext::log_lines;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/training/log_lines.ipp>
#endif
