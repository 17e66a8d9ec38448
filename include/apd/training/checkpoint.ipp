#pragma once
// Bodies of what checkpoint.hpp declares.

#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/safetensors.hpp>
#include <apd/training/checkpoint.hpp>

namespace apd {

APD_INLINE checkpoint::checkpoint(std::filesystem::path path, double seconds)
    : path_(std::move(path)), seconds_(seconds) {
    detail::check_file_name("checkpoint", path_, "give one to save under");
    if (!(seconds >= 0))
        throw error("checkpoint", "the seconds between saves are negative or NaN", "give some such as 60");
}

APD_INLINE bool checkpoint::is_due(const progress& p) {
    state& run = runs_[p.run];
    if (p.begins) run = {};
    if (p.seconds < run.due) return false;
    run.due = p.seconds + seconds_;
    return true;
}

APD_INLINE void checkpoint::write(const progress& p, const tensors& result) {
    auto path = path_;
    if (p.runs > 1)
        path.replace_filename(path_.stem().string() + '_' + std::to_string(p.run) + path_.extension().string());
    bool& fails = runs_[p.run].fails;
    try {
        save(result, path);
        fails = false;
    } catch (const std::exception& problem) {
        if (p.begins) throw;
        if (!std::exchange(fails, true))
            std::cerr << "\ncheckpoint: " << problem.what() << "; the run goes on and tries again" << std::endl;
    }
}

}  // namespace apd
