// The laws of thread_group, for the models that the host plays.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <support/crowd.hpp>
#include <support/host_grid.hpp>

namespace {

constexpr std::size_t n = 37, groups = 5, number_of_groups = groups;

/// What one group does with numbers that every group has for itself.
struct calls {
    struct shared {
        std::uint32_t added;
    };
    std::vector<std::uint32_t>&visits, &before, &totals, &sums;

    static std::size_t groups() { return number_of_groups; }
    void operator()(const auto& group, std::size_t number, shared& common) const {
        group.for_each(1, [&](std::size_t) { common.added = 0; });
        group.sync();
        group.for_each(n, [&](std::size_t i) {
            ++visits[number * n + i];
            group.add(&common.added, static_cast<std::uint32_t>(i));
        });
        const std::uint32_t total = group.scan(
            n, [](std::size_t i) { return static_cast<std::uint32_t>(i % 3); },
            [&](std::size_t i, std::uint32_t sum, std::uint32_t) { before[number * n + i] = sum; });
        group.template sum_columns<std::uint32_t, 4>(
            n, [](std::size_t column, std::size_t i) { return static_cast<std::uint32_t>(column * i); },
            [&](std::size_t column, std::uint32_t sum) { sums[number * 4 + column] = sum; });
        group.sync();
        group.for_each(1, [&](std::size_t) { totals[number] = total + common.added; });
    }
};

}  // namespace

TEST_CASE("a group visits, scans and sums everything once, whoever plays it") {
    std::vector<std::uint32_t> visits(n * groups), before(n * groups), totals(groups), sums(4 * groups);
    const calls work{visits, before, totals, sums};
    SECTION("one thread") {
        calls::shared shared{};
        for (std::size_t g = 0; g < groups; ++g) work(apd_test::lone_thread{}, g, shared);
    }
    SECTION("several threads") { apd_test::run_groups_by_crowds(work); }

    CHECK(visits == std::vector<std::uint32_t>(n * groups, 1));
    for (std::size_t g = 0; g < groups; ++g) {
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            CHECK(before[g * n + i] == sum);
            sum += static_cast<std::uint32_t>(i % 3);
        }
        CHECK(totals[g] == sum + n * (n - 1) / 2);
        for (std::uint32_t column = 0; column < 4; ++column) CHECK(sums[g * 4 + column] == column * n * (n - 1) / 2);
    }
}
