#pragma once
// An observer that saves the components while a run goes on.

#include <cstddef>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/safetensors.hpp>
#include <apd/training/observer.hpp>

namespace apd {

/// Saves the result so far under `path`, as its factors (see `decomposition::factors_to_tensors`), at most every
/// `seconds`. A run that is stopped by a loss that became NaN, or by the loss of power, leaves the last one behind. Of
/// several plans that are learned together, number 3 is saved as <name>_3.<extension>.
///
/// Errors: `apd::error` for a path without a file's name and for seconds that are negative or NaN; those of `save` at
/// the first record, before there is work to lose. A later one that fails, as on a full disk, is told on the standard
/// error output; the run goes on, and saves again when the next is due.
/// Example: `apd::decompose<5>(device, target, data, objective, options, apd::checkpoint("run.safetensors", 60));`
class checkpoint {
  public:
    explicit checkpoint(std::filesystem::path path, double seconds = 60) : path_(std::move(path)), seconds_(seconds) {
        detail::check_file_name("checkpoint", path_, "give one to save under");
        if (!(seconds >= 0))
            throw error("checkpoint", "the seconds between saves are negative or NaN", "give some such as 60");
    }

    void operator()(const progress& p, auto&& snapshot) {
        state& run = runs_[p.run];
        if (p.begins) run = {};
        if (p.seconds < run.due) return;
        run.due = p.seconds + seconds_;
        auto path = path_;
        if (p.runs > 1)
            path.replace_filename(path_.stem().string() + '_' + std::to_string(p.run) + path_.extension().string());
        try {
            save(snapshot().factors_to_tensors(), path);
            run.fails = false;
        } catch (const std::exception& problem) {
            if (p.begins) throw;
            if (!std::exchange(run.fails, true))
                std::cerr << "\ncheckpoint: " << problem.what() << "; the run goes on and tries again" << std::endl;
        }
    }

  private:
    struct state {
        double due = -std::numeric_limits<double>::infinity();
        bool fails = false;
    };

    std::filesystem::path path_;
    double seconds_;
    std::map<std::size_t, state> runs_;
};

}  // namespace apd
