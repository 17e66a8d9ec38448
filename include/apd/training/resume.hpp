#pragma once
// Going on with a run that was cut off, from what a checkpoint saved of it.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include <apd/io/tensors.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/run_record.hpp>

namespace apd::ext {

namespace detail {

/// Of number `run` of so many runs that are learned together: run.safetensors, or run_3.safetensors; if that is a link,
/// the file that it leads to.
std::filesystem::path file_of_run(const std::filesystem::path& path, std::size_t run, std::size_t runs);
/// Where the checkpoint before stays: run.previous.safetensors.
std::filesystem::path previous_of(const std::filesystem::path& path);

/// What a checkpoint saved of a run, and where it stands.
struct saved_run {
    std::filesystem::path path;
    tensors state;
};

[[noreturn]] void refuse_to_go_on(const saved_run& file, const std::string& difference);

/// Adds a checksum of all tensors and texts, by which a damaged file is known.
void seal(tensors& state);

/// Errors: `apd::error` at the file if it was saved by another version, or of another run: which option, text or number
/// of steps differs.
void check_same_run(const run_record& saved, const run_record& now, const saved_run& file);
/// The same of the data, by the losses without components on the first batch.
void check_same_data(const run_record& saved, const run_record& now, const saved_run& file);

/// What is known of the run that a checkpoint saved, less what is recorded at the step that it goes on with, as that is
/// recorded again. Errors: those of `read_record`, and `apd::error` if its history is not one of so many steps.
run_record record_to_go_on_with(const tensors& state);

}  // namespace detail

/// Among the observers of `decompose` or `train`: the run goes on from what `checkpoint` saved, and ends bit for bit
/// where it would have ended unbroken, whatever the number of threads; of a list of plans, every one.
///
/// A file that is damaged, as one that was cut off or has a bit wrong, is known by its checksum: then the one before it
/// is taken, which is told on the standard error output. More `steps` than at first may be asked for; a learning rate
/// that falls towards the last step then falls another way from here on.
/// Errors: `apd::error` if there is no checkpoint, both are damaged, or it is of another network, target, method, seed,
/// option (but for more steps) or version of the library, which is named.
///
/// Example: `apd::decompose<5>(device, target, data, objective, options, apd::resume("run.safetensors"),
/// apd::checkpoint("run.safetensors", 60));`
class resume {
  public:
    /// From nothing: the run begins.
    resume() = default;
    explicit resume(std::filesystem::path path);

    /// An observer, which has nothing to do while a run goes on.
    void operator()(const progress&) const {}

    /// Whether one of so many runs of a list has a checkpoint.
    bool is_there(std::size_t runs) const;
    /// Errors: `apd::error` if there is something to resume, and none of the runs has a checkpoint.
    void check_there(std::size_t runs) const;
    /// The state of run number `run`. Nothing, if there is nothing to resume, or if it has none yet and begins anew,
    /// which is told.
    std::optional<detail::saved_run> saved(std::size_t run, std::size_t runs) const;

  private:
    std::optional<std::filesystem::path> path_;
};

}  // namespace apd::ext

namespace apd {
using ext::resume;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/training/resume.ipp>
#endif
