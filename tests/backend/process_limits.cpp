#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <sched.h>
#include <support/scratch_folder.hpp>
#include <support/toy.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/backend/process_limits.hpp>
#include <apd/io/atomic_file.hpp>

using Catch::Matchers::Contains;

namespace {

/// The files of a process whose groups are so, with those that are written below the root.
apd::ext::detail::limit_files files_of(const scratch_folder& folder, const std::string& groups) {
    apd::write_file_atomically(folder.path / "cgroup", groups);
    return {folder.path / "meminfo", folder.path / "cgroup", folder.path / "root"};
}
double quota_of(const scratch_folder& folder, const std::string& groups) {
    return apd::ext::detail::processors_of_quota(files_of(folder, groups));
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
    const apd::ext::detail::limit_files none{folder.path / "none", folder.path / "none", folder.path};
    CHECK(apd::ext::detail::processors_of_quota(none) == 0);
    CHECK(apd::ext::detail::usable_memory(none) == std::numeric_limits<std::size_t>::max());
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
TEST_CASE("a process can have what the machine and its control groups leave") {
    const scratch_folder folder;
    const auto files = files_of(folder, "0::/job/step\n");
    apd::write_file_atomically(files.memory, "MemTotal:  9000 kB\nMemFree: 100 kB\nMemAvailable:    5000 kB\n");
    CHECK(apd::ext::detail::usable_memory(files) == 5000 * 1024);
    write(folder, "job/memory.max", "4000000\n");
    write(folder, "job/memory.current", "3000000\n");
    CHECK(apd::ext::detail::usable_memory(files) == 1000000);
    write(folder, "job/memory.stat", "anon 2500000\nfile 500000\nactive_file 200000\ninactive_file 300000\n");
    CHECK(apd::ext::detail::usable_memory(files) == 1500000);
    write(folder, "job/step/memory.max", "max\n");
    write(folder, "memory.max", "4000000\n");
    write(folder, "memory.current", "4000001\n");
    CHECK(apd::ext::detail::usable_memory(files) == 0);

    const auto of_version_1 = files_of(folder, "7:memory:/box\n");
    write(folder, "memory/box/memory.limit_in_bytes", "3000000\n");
    write(folder, "memory/box/memory.usage_in_bytes", "1000000\n");
    CHECK(apd::ext::detail::usable_memory(of_version_1) == 2000000);
}
TEST_CASE("memory that can't be had is asked for by its number, and refused before anything is computed") {
    CHECK(apd::usable_memory() > 0);
    apd::cpu device({.threads = 1});
    CHECK_THROWS_WITH(device.allocate<float>(std::size_t{1} << 50U),
                      Contains("memory: 4503599627 MB more are asked for") && Contains("choose a smaller batch"));
    CHECK_THROWS_AS(device.allocate<float>(std::size_t{1} << 50U), apd::error);

    const auto options = apd::decompose_options{.steps = 10, .batch = (std::size_t{1} << 32U) - 1};
    std::size_t records = 0;
    if (apd::usable_memory() > 80'000'000'000) return;  // it can be had
    CHECK_THROWS_WITH(apd_test::toy_decomposition(options, 1, 1, [&](const apd::progress&) { ++records; }),
                      Contains("MB more are asked for"));
    CHECK(records == 0);
}
