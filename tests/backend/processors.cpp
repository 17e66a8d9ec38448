#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <sched.h>
#include <support/scratch_folder.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/backend/processors.hpp>
#include <apd/io/atomic_file.hpp>

namespace {

/// The quota of a process whose groups are so, with the files that are written below the root.
double quota_of(const scratch_folder& folder, const std::string& groups) {
    apd::write_file_atomically(folder.path / "cgroup", groups);
    return apd::detail::processors_of_quota(folder.path / "cgroup", folder.path / "root");
}
void write(const scratch_folder& folder, const std::string& file, const std::string& text) {
    apd::write_file_atomically(folder.path / "root" / file, text);
}

}  // namespace

TEST_CASE("the smallest quota of a process's control groups counts") {
    const scratch_folder folder;
    write(folder, "user/job/cpu.max", "150000 100000\n");
    CHECK(quota_of(folder, "0::/user/job\n") == 1.5);
    CHECK(quota_of(folder, "0::/user/job/step\n") == 1.5);
    CHECK(quota_of(folder, "0::/other\n") == 0);
    write(folder, "user/cpu.max", "50000 100000\n");
    CHECK(quota_of(folder, "0::/user/job\n") == 0.5);
    write(folder, "user/cpu.max", "max 100000\n");
    write(folder, "cpu.max", "300000 100000\n");
    CHECK(quota_of(folder, "0::/user/job\n") == 1.5);
    CHECK(quota_of(folder, "0::/other\n") == 3);
    CHECK(quota_of(folder, "0::/") == 3);
}
TEST_CASE("control groups of version 1 have quotas too") {
    const scratch_folder folder;
    write(folder, "cpu/box/cpu.cfs_quota_us", "200000\n");
    write(folder, "cpu/box/cpu.cfs_period_us", "100000\n");
    CHECK(quota_of(folder, "4:cpuset:/box\n3:cpu,cpuacct:/box\n") == 2);
    write(folder, "cpu/box/cpu.cfs_quota_us", "-1\n");
    CHECK(quota_of(folder, "3:cpu,cpuacct:/box\n") == 0);
}
TEST_CASE("without control groups, or with files that say nothing, there is no quota") {
    const scratch_folder folder;
    CHECK(apd::detail::processors_of_quota(folder.path / "none", folder.path) == 0);
    write(folder, "cpu.max", "");
    CHECK(quota_of(folder, "0::/\n:\nno groups\n\n") == 0);
}
TEST_CASE("a process takes as many threads as it has processors") {
    const auto all = apd::usable_processors();
    CHECK(all >= 1);
    CHECK(apd::cpu().workers() == all);
    std::size_t on_one = 0;
    std::thread([&] {
        cpu_set_t first, own;
        ::sched_getaffinity(0, sizeof own, &own);
        int processor = 0;
        while (!CPU_ISSET(processor, &own)) ++processor;
        CPU_ZERO(&first);
        CPU_SET(processor, &first);
        ::sched_setaffinity(0, sizeof first, &first);
        on_one = apd::usable_processors();
    }).join();
    CHECK(on_one == 1);
}
