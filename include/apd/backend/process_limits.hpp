#pragma once
// How much of the machine a process may use.

#include <cstddef>
#include <filesystem>

namespace apd::ext {

/// As many processors as this process may use: those that its affinity names (`taskset`, `mpirun`, a scheduler), no
/// more than the quota of its control groups lasts for (a container), rounded up; at least one.
///
/// Example: `apd::cpu device({.threads = apd::usable_processors() / 2});`
std::size_t usable_processors();

/// As many bytes of memory as this process can still have: what the machine has free or can free, no more than the
/// limits of its control groups leave. The largest number, where the system does not say.
std::size_t usable_memory();

namespace detail {

/// The files in which the system says what it has, and what a process may use.
struct limit_files {
    std::filesystem::path memory = "/proc/meminfo", groups_of_process = "/proc/self/cgroup", groups = "/sys/fs/cgroup";
};
/// The processors that the quotas of control groups last for; 0 if there is no quota.
double processors_of_quota(const limit_files& files);
std::size_t usable_memory(const limit_files& files);

/// Errors: `apd::error` if so many bytes can't be had, with that number. Less than some megabytes are not looked into.
void check_memory(std::size_t bytes);
[[noreturn]] void refuse_memory(std::size_t bytes);

}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::usable_processors, ext::usable_memory;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/backend/process_limits.ipp>
#endif
