#pragma once
// Bodies of what resume.hpp declares.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/core/version.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/safetensors.hpp>
#include <apd/io/stored_bytes.hpp>
#include <apd/training/resume.hpp>
#include <apd/training/saved_options.hpp>

namespace apd::ext {
namespace detail {

APD_INLINE std::filesystem::path file_of_run(const std::filesystem::path& path, std::size_t run, std::size_t runs) {
    auto file = path;
    if (runs > 1) file.replace_filename(path.stem().string() + '_' + std::to_string(run) + path.extension().string());
    return linked_file(file);
}
APD_INLINE std::filesystem::path previous_of(const std::filesystem::path& path) {
    auto file = path;
    return file.replace_filename(path.stem().string() + ".previous" + path.extension().string());
}

// FNV-1a of 64 bits, over words of 8 bytes.
class checksum {
  public:
    void add(std::span<const std::byte> bytes) {
        for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(8, bytes.size()))) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data(), std::min<std::size_t>(8, bytes.size()));
            value_ = (value_ ^ word) * 1099511628211U;
            value_ ^= value_ >> 32U;  // else the highest bits of a word would touch those of the sum alone
        }
    }
    void add(std::string_view text) {
        add(std::as_bytes(std::span(text)));
        add(std::as_bytes(std::span("\n")));
    }
    std::string text() const { return std::to_string(value_); }

  private:
    std::uint64_t value_ = 14695981039346656037U;
};

inline std::string checksum_of(const tensors& state) {
    checksum sum;
    for (const auto& name : state.names()) {
        sum.add(name), sum.add(state.dtype_name(name));
        for (const std::size_t size : state.shape(name)) sum.add(std::to_string(size));
        state.for_each_piece(name, [&](std::span<const std::byte> piece) {
            sum.add(piece);
            return true;
        });
    }
    for (const auto& [key, text] : state.metadata())
        if (key != "checksum") sum.add(key), sum.add(text);
    return sum.text();
}

APD_INLINE void seal(tensors& state) { state.metadata()["checksum"] = checksum_of(state); }

[[noreturn]] APD_INLINE void refuse_to_go_on(const saved_run& file, const std::string& difference) {
    throw error(file.path.string(), "is of another run: " + difference,
                "go on with what it was begun with, or begin a run of its own");
}

APD_INLINE void check_same_run(const run_record& saved, const run_record& now, const saved_run& file) {
    const auto check = [&](const std::string& what, const std::string& was, const std::string& is) {
        if (was != is) refuse_to_go_on(file, "its " + what + " is '" + was + "', not '" + is + "'");
    };
    const auto& texts = file.state.metadata();
    const auto by = texts.find("apd");
    check("version of apd", by == texts.end() ? "" : by->second, std::string(version));
    check("objective", saved.objective, now.objective);
    check("optimiser", saved.optimiser, now.optimiser);
    metadata was, is;
    write_options(saved.options, was), write_options(now.options, is);
    is["planned steps"] = was["planned steps"];
    for (const auto& [name, option] : is) check(name, was[name], option);
    if (saved.completed_steps > saved.options.steps) refuse_to_go_on(file, "it has done more steps than it had to do");
    if (now.options.steps < saved.options.steps)
        refuse_to_go_on(file, "it has " + std::to_string(saved.options.steps) + " steps to do, more than " +
                                  std::to_string(now.options.steps));
}

APD_INLINE void check_same_data(const run_record& saved, const run_record& now, const saved_run& file) {
    // Another processor rounds otherwise; other data differ by more.
    bool is_alike = saved.without_components.size() == now.without_components.size();
    for (std::size_t i = 0; is_alike && i < now.without_components.size(); ++i)
        is_alike = std::abs(saved.without_components[i] - now.without_components[i]) <=
                   1e-4 * std::abs(now.without_components[i]);
    if (!is_alike)
        refuse_to_go_on(file, "on the first batch it had other losses, so its data or what it began from are others");
}

APD_INLINE run_record record_to_go_on_with(const tensors& state) {
    auto run = read_record(state);
    if (!run.history.empty() && run.history.back().step == run.completed_steps) run.history.pop_back();
    std::size_t least = 0;
    for (const auto& entry : run.history) {
        if (entry.step < least || entry.step >= run.completed_steps)
            throw error("saved run", "its history is not that of the steps that it has done", "save it again");
        least = entry.step + 1;
    }
    return run;
}

// A checkpoint, if it is whole; else what is wrong with it. Errors: `apd::error` if it can't be read at all.
inline std::optional<saved_run> whole_checkpoint(const std::filesystem::path& path, std::string& problem) {
    const stored_bytes file(path);
    file.for_each_piece([](std::span<const std::byte>) { return true; });
    try {
        saved_run found{path, load(path)};
        const auto& texts = found.state.metadata();
        const auto sum = texts.find("checksum");
        if (sum == texts.end()) problem = "'" + path.string() + "' is no checkpoint";
        else if (sum->second != checksum_of(found.state)) problem = "'" + path.string() + "' is damaged";
        else return found;
    } catch (const error& damage) {
        problem = damage.what();
    }
    return std::nullopt;
}

inline std::optional<saved_run> last_checkpoint(const std::filesystem::path& path) {
    const auto before = previous_of(path);
    std::error_code failure;
    const bool is_there = std::filesystem::exists(path, failure),
               has_previous = std::filesystem::exists(before, failure);
    if (!is_there && !has_previous) return std::nullopt;
    std::string problem = "'" + path.string() + "' is missing", other_problem;
    if (is_there)
        if (auto found = whole_checkpoint(path, problem)) return found;
    if (has_previous)
        if (auto found = whole_checkpoint(before, other_problem)) {
            std::cerr << "resume: " << problem << "; the run goes on from the one before, " << before.string()
                      << std::endl;
            // Out of the way, so that no checkpoint takes it for a good one to keep.
            auto damaged = path;
            damaged.replace_filename(path.stem().string() + ".damaged" + path.extension().string());
            if (is_there) std::filesystem::rename(path, damaged, failure);
            return found;
        }
    throw error("resume", "there is no good checkpoint: " + problem, "begin anew, or give another");
}

}  // namespace detail

APD_INLINE resume::resume(std::filesystem::path path) : path_(std::move(path)) {
    detail::check_file_name("resume", *path_, "give the one that checkpoint saved under");
}

APD_INLINE bool resume::is_there(std::size_t runs) const {
    std::error_code failure;
    for (std::size_t run = 0; path_ && run < runs; ++run) {
        const auto path = detail::file_of_run(*path_, run, runs);
        if (std::filesystem::exists(path, failure) || std::filesystem::exists(detail::previous_of(path), failure))
            return true;
    }
    return false;
}

APD_INLINE void resume::check_there(std::size_t runs) const {
    if (path_ && runs > 0 && !is_there(runs))
        throw error("resume", "there is no checkpoint " + detail::file_of_run(*path_, 0, runs).string(),
                    "begin the run without resuming");
}

APD_INLINE std::optional<detail::saved_run> resume::saved(std::size_t run, std::size_t runs) const {
    if (!path_) return std::nullopt;
    auto found = detail::last_checkpoint(detail::file_of_run(*path_, run, runs));
    if (!found) std::cerr << "resume: run " << run << " has no checkpoint and begins anew" << std::endl;
    return found;
}

}  // namespace apd::ext
