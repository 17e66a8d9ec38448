#pragma once
// Bodies of what process_limits.hpp declares.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <thread>

#include <sched.h>

#include <apd/backend/process_limits.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>

namespace apd::ext {
namespace detail {

// f(folder) for every control group that a process lies in, from its own to the outermost: a group may use what those
// that it lies in may. A line is ⟨number⟩:⟨controllers⟩:⟨path⟩; version 2 of control groups names no controllers.
// Within a container the folder of the path may not be there.
inline void for_each_group(const limit_files& files, const std::string& controller, auto&& f) {
    std::ifstream groups(files.groups_of_process);
    for (std::string line; std::getline(groups, line);) {
        std::istringstream parts(line);
        std::string number, controllers, path;
        std::getline(parts, number, ':'), std::getline(parts, controllers, ':'), std::getline(parts, path);
        const bool is_meant = ("," + controllers + ",").find("," + controller + ",") != std::string::npos;
        if (!controllers.empty() && !is_meant) continue;
        const auto top = controllers.empty() ? files.groups : files.groups / controller;
        for (std::filesystem::path group = path;; group = group.parent_path()) {
            f(top / group.relative_path());
            if (!group.has_relative_path()) break;
        }
    }
}
template <class Number>
bool read_from(const std::filesystem::path& file, Number& number) {
    std::ifstream text(file);
    return static_cast<bool>(text >> number);
}
// The number behind a word, such as 12 of "MemAvailable: 12 kB".
inline std::size_t number_behind(const std::string& word, const std::filesystem::path& file) {
    std::ifstream text(file);
    std::size_t number = 0;
    for (std::string each; text >> each;)
        if (each == word && text >> number) return number;
    return 0;
}

APD_INLINE double processors_of_quota(const limit_files& files) {
    double least = 0;
    for_each_group(files, "cpu", [&](const std::filesystem::path& group) {
        // Version 2 has "⟨quota or max⟩ ⟨period⟩" in one file, version 1 two files.
        double quota = 0, period = 0;
        if (std::ifstream file(group / "cpu.max");
            !(file >> quota >> period) &&
            !(read_from(group / "cpu.cfs_quota_us", quota) && read_from(group / "cpu.cfs_period_us", period)))
            return;
        if (!(quota > 0 && period > 0)) return;
        least = least > 0 ? std::min(least, quota / period) : quota / period;
    });
    return least;
}

APD_INLINE std::size_t usable_memory(const limit_files& files) {
    std::size_t least = std::numeric_limits<std::size_t>::max();
    if (const std::size_t free = number_behind("MemAvailable:", files.memory)) least = 1024 * free;
    for_each_group(files, "memory", [&](const std::filesystem::path& group) {
        std::size_t most = 0, used = 0;
        if (!(read_from(group / "memory.max", most) && read_from(group / "memory.current", used)) &&
            !(read_from(group / "memory.limit_in_bytes", most) && read_from(group / "memory.usage_in_bytes", used)))
            return;
        for (const char* const cache : {"active_file", "inactive_file"})  // which makes room when there is need
            used -= std::min(used, number_behind(cache, group / "memory.stat"));
        least = std::min(least, most - std::min(most, used));
    });
    return least;
}

APD_INLINE void refuse_memory(std::size_t bytes) {
    const auto megabytes = [](std::size_t number) { return std::to_string(number / 1'000'000) + " MB"; };
    const std::size_t free = apd::usable_memory();
    throw error("memory",
                megabytes(bytes) + " more are asked for" +
                    (free < bytes ? ", and " + megabytes(free) + " can be had" : ", which the system does not give"),
                "choose a smaller batch, fewer components or a lower rank, or a larger machine");
}
APD_INLINE void check_memory(std::size_t bytes) {
    if (bytes >= std::size_t{1} << 24U && bytes > apd::usable_memory()) refuse_memory(bytes);
}

}  // namespace detail

APD_INLINE std::size_t usable_processors() {
    std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
#if defined(__linux__)
    cpu_set_t own;
    if (::sched_getaffinity(0, sizeof own, &own) == 0) processors = static_cast<std::size_t>(CPU_COUNT(&own));
#endif
    const double quota = detail::processors_of_quota({});
    return quota > 0 ? std::min(processors, static_cast<std::size_t>(std::ceil(quota))) : processors;
}

APD_INLINE std::size_t usable_memory() { return detail::usable_memory({}); }

}  // namespace apd::ext
