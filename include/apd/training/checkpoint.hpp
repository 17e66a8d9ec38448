#pragma once
// An observer that saves what a run goes on from.

#include <cstddef>
#include <filesystem>
#include <limits>
#include <map>

#include <apd/io/tensors.hpp>
#include <apd/training/observer.hpp>

namespace apd::ext {

/// Saves under `path`, at most every `seconds` and at the last record, all that `resume` goes on from: of a
/// decomposition its factors (see `decomposition::factors_to_tensors`), of a target under training its parameters, and
/// the moments of the optimiser. A run that is cut off, by a loss that became NaN or by the loss of power, leaves the
/// last one behind, and the one before as <name>.previous.<extension>. Of several plans that are learned together,
/// number 3 is saved as <name>_3.<extension>.
///
/// Errors: `apd::error` for a path without a file's name and for seconds that are negative or NaN; those of `save` at
/// the first record of a run that begins, before there is work to lose. A later one that fails, as on a full disk, is
/// told on the standard error output; the run goes on, and saves again when the next is due.
/// Example: `apd::decompose<5>(device, target, data, objective, options, apd::checkpoint("run.safetensors", 60));`
class checkpoint {
  public:
    explicit checkpoint(std::filesystem::path path, double seconds = 60);

    void operator()(const progress& p, auto&& snapshot) {
        if (is_due(p)) write(p, snapshot.to_resume());
    }

  private:
    struct state {
        double due = -std::numeric_limits<double>::infinity();
        bool fails = false;
    };

    bool is_due(const progress& p);
    void write(const progress& p, tensors to_resume);

    std::filesystem::path path_;
    double seconds_;
    std::map<std::size_t, state> runs_;
};

}  // namespace apd::ext

namespace apd {
using ext::checkpoint;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/training/checkpoint.ipp>
#endif
