#pragma once
// Bodies of what checkpoint.hpp declares.

#include <exception>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/safetensors.hpp>
#include <apd/training/checkpoint.hpp>
#include <apd/training/resume.hpp>

namespace apd::ext {

APD_INLINE checkpoint::checkpoint(std::filesystem::path path, double seconds)
    : path_(std::move(path)), seconds_(seconds) {
    detail::check_file_name("checkpoint", path_, "give one to save under");
    if (!(seconds >= 0))
        throw error("checkpoint", "the seconds between saves are negative or NaN", "give some such as 60");
}

APD_INLINE bool checkpoint::is_due(const progress& p) {
    state& run = runs_[p.run];
    if (p.begins) run = {};
    if (p.seconds < run.due && !p.ends) return false;
    run.due = p.seconds + seconds_;
    return true;
}

namespace detail {
// The new file takes the place of the last one, which takes that of the one before: at every moment there is a whole
// one.
inline void save_beside_previous(const tensors& state, const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    const auto replaced = replaced_file(path);
    auto next = path;
    next.replace_filename(path.stem().string() + ".next" + path.extension().string());
    save(state, next);
    if (replaced) {
        fs::permissions(next, static_cast<fs::perms>(replaced->st_mode) & fs::perms::mask);
        fs::rename(path, previous_of(path));
    }
    fs::rename(next, path);
}
}  // namespace detail

APD_INLINE void checkpoint::write(const progress& p, tensors to_resume) {
    const auto path = detail::file_of_run(path_, p.run, p.runs);
    bool& fails = runs_[p.run].fails;
    try {
        detail::seal(to_resume);
        detail::save_beside_previous(to_resume, path);
        fails = false;
    } catch (const std::exception& problem) {
        if (p.begins && p.steps_before == 0) throw;
        if (!std::exchange(fails, true))
            std::cerr << "\ncheckpoint: " << problem.what() << "; the run goes on and tries again" << std::endl;
    }
}

}  // namespace apd::ext
