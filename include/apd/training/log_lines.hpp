#pragma once
// An observer that writes every record as a line of JSON.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/json_writer.hpp>
#include <apd/io/locked_lines.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/run_record.hpp>

namespace apd {

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
    explicit log_lines(std::filesystem::path path) : path_(std::move(path)) {
        detail::check_file_name("log_lines", path_, "give one for the lines");
    }

    void operator()(const progress& p) {
        if (p.begins && p.run == 0) {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            started_ = std::chrono::duration<double>(now).count() - p.seconds;
            fails_ = false;
        }
        try {
            detail::locked_lines(path_, "{\"run\":").append(line_of(p));
            fails_ = false;
        } catch (const error& problem) {
            if (p.begins) throw;
            if (!std::exchange(fails_, true))
                std::cerr << "\nlog_lines: " << problem.what() << "; the run goes on" << std::endl;
        }
    }

  private:
    std::string line_of(const progress& p) const {
        std::vector<std::string> names{"run", "started", "step", "steps", "seconds", "rate", "total", "failure"};
        const std::size_t own = names.size();
        names.insert(names.end(), p.names.begin(), p.names.end());
        names = detail::distinct_names(names);
        const std::string source = path_.string();
        detail::compact_json json(source);
        json.add("run", p.run);
        json.add("started", started_);
        json.add("step", p.step);
        json.add("steps", p.steps);
        json.add("seconds", p.seconds);
        json.add("rate", p.learning_rate);
        json.add("total", p.total);
        for (std::size_t i = 0; i < p.values.size(); ++i) json.add(names[own + i], p.values[i]);
        if (!p.failure.empty()) json.add("failure", p.failure);
        return json.text() + '\n';
    }

    std::filesystem::path path_;
    double started_ = 0;
    bool fails_ = false;
};

}  // namespace apd
