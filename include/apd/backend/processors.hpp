#pragma once
// How many processors a process may use.

#include <cstddef>
#include <filesystem>

namespace apd {

/// As many processors as this process may use: those that its affinity names (`taskset`, `mpirun`, a scheduler), no
/// more than the quota of its control groups lasts for (a container), rounded up; at least one.
///
/// Example: `apd::cpu device({.threads = apd::usable_processors() / 2});`
std::size_t usable_processors();

namespace detail {

/// The processors that the quotas of control groups last for, 0 if there is no quota. cgroups: a text like
/// /proc/self/cgroup, the groups of a process; root: where their files are, /sys/fs/cgroup.
double processors_of_quota(const std::filesystem::path& cgroups, const std::filesystem::path& root);

}  // namespace detail

}  // namespace apd

#ifndef APD_COMPILED
#include <apd/backend/processors.ipp>
#endif
