#pragma once
// An observer that saves the components while a run goes on.

#include <filesystem>
#include <string>
#include <utility>

#include <apd/io/safetensors.hpp>
#include <apd/training/progress.hpp>

namespace apd {

/// Saves the result so far under `path`, at most every `seconds`. A run that is stopped by a loss that became NaN, or
/// by the loss of power, leaves the last one behind. Of several plans that are learned together, number 3 is saved as
/// <name>_3.<extension>.
///
/// Errors: those of `save`.
/// Example: `apd::decompose<5>(device, target, data, objective, options, apd::checkpoint("run.safetensors", 60));`
class checkpoint {
  public:
    explicit checkpoint(std::filesystem::path path, double seconds = 60) : path_(std::move(path)), seconds_(seconds) {}

    void operator()(const progress& p, auto&& snapshot) {
        if (p.run == 0) is_due_ = p.seconds >= next_;
        if (!is_due_) return;
        next_ = p.seconds + seconds_;
        auto path = path_;
        if (p.runs > 1)
            path.replace_filename(path_.stem().string() + '_' + std::to_string(p.run) + path_.extension().string());
        save(snapshot(), path);
    }

  private:
    std::filesystem::path path_;
    double seconds_, next_ = 0;
    bool is_due_ = false;
};

}  // namespace apd
