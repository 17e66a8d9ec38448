#pragma once
// Bodies of what processors.hpp declares.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include <sched.h>

#include <apd/backend/processors.hpp>
#include <apd/core/annotations.hpp>

namespace apd {
namespace detail {

// Of one group: the quota in processors, 0 for none. Version 2 has "⟨quota or max⟩ ⟨period⟩" in one file, version 1
// two.
inline double quota_in(const std::filesystem::path& group) {
    double quota = 0, period = 0;
    if (std::ifstream file(group / "cpu.max"); file >> quota >> period) return period > 0 ? quota / period : 0;
    std::ifstream of_quota(group / "cpu.cfs_quota_us"), of_period(group / "cpu.cfs_period_us");
    if (of_quota >> quota && of_period >> period && quota > 0 && period > 0) return quota / period;
    return 0;
}

APD_INLINE double processors_of_quota(const std::filesystem::path& cgroups, const std::filesystem::path& root) {
    double least = 0;
    const auto see = [&](const std::filesystem::path& top, std::filesystem::path group) {
        // A group may use what those that it lies in may. Within a container the path of the file may not be there.
        for (;; group = group.parent_path()) {
            const double quota = quota_in(top / group.relative_path());
            if (quota > 0 && (!(least > 0) || quota < least)) least = quota;
            if (!group.has_relative_path()) return;
        }
    };
    std::ifstream file(cgroups);
    for (std::string line; std::getline(file, line);) {  // ⟨number⟩:⟨controllers⟩:⟨path⟩, version 2 without controllers
        std::istringstream parts(line);
        std::string number, controllers, path;
        std::getline(parts, number, ':'), std::getline(parts, controllers, ':'), std::getline(parts, path);
        if (controllers.empty()) see(root, path);
        else if (("," + controllers + ",").find(",cpu,") != std::string::npos) see(root / "cpu", path);
    }
    return least;
}

}  // namespace detail

APD_INLINE std::size_t usable_processors() {
    std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
#if defined(__linux__)
    cpu_set_t own;
    if (::sched_getaffinity(0, sizeof own, &own) == 0) processors = static_cast<std::size_t>(CPU_COUNT(&own));
#endif
    const double quota = detail::processors_of_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    return quota > 0 ? std::min(processors, static_cast<std::size_t>(std::ceil(quota))) : processors;
}

}  // namespace apd
