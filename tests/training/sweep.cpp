#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <apd/io/atomic_file.hpp>
#include <apd/training/sweep.hpp>

using Catch::Matchers::Contains;

namespace {

apd::results_table table_in(const std::filesystem::path& folder) {
    return {folder / "sweep.csv", {"variant", "seed"}, {"square"}};
}
// Runs of seeds 0 to n, whose number is the square of the seed.
std::vector<apd::sweep_run> squares(std::size_t n, const std::string& variant, auto before) {
    std::vector<apd::sweep_run> runs;
    for (std::size_t seed = 0; seed < n; ++seed)
        runs.push_back({{variant, std::to_string(seed)}, [=] {
                            before(seed);
                            return std::vector{static_cast<double>(seed * seed)};
                        }});
    return runs;
}
void nothing(std::size_t) {}
std::size_t failures_in(apd::results_table& table) {
    return static_cast<std::size_t>(
        std::ranges::count_if(table.rows(), [](const auto& row) { return !row.failure.empty(); }));
}

}  // namespace

TEST_CASE("every run of a sweep becomes a row, and observers see how many are done") {
    const scratch_folder folder;
    auto table = table_in(folder.path);
    std::vector<std::size_t> steps;
    std::vector<bool> begins, ends;
    CHECK(apd::run_sweep(table, squares(20, "a", nothing), {.at_once = 3}, [&](const apd::progress& p) {
        CHECK(p.steps == 20);
        steps.push_back(p.step), begins.push_back(p.begins), ends.push_back(p.ends);
    }));
    auto rows = table.rows();
    REQUIRE(rows.size() == 20);
    for (const auto& row : rows) CHECK(row.numbers[0] == std::stod(row.key[1]) * std::stod(row.key[1]));
    for (std::size_t i = 0; i < 20; ++i) {
        CHECK(steps[i] == i + 1);
        CHECK(begins[i] == (i == 0));
        CHECK(ends[i] == (i == 19));
    }
}
TEST_CASE("a run that throws is a row with its failure, and the others go on") {
    const scratch_folder folder;
    auto table = table_in(folder.path);
    const auto fails = [](std::size_t seed) {
        if (seed == 3) throw apd::error("decompose", "a term became NaN", "lower the learning rate");
        if (seed == 5) throw std::runtime_error("");
        if (seed == 7) throw 7;
    };
    CHECK(apd::run_sweep(table, squares(10, "a", fails), {.at_once = 1}));
    const auto rows = table.rows();
    REQUIRE(rows.size() == 10);
    CHECK(rows[3] == apd::table_row{{"a", "3"}, {}, "decompose: a term became NaN; lower the learning rate"});
    CHECK(rows[5].failure == "an exception without a word");
    CHECK(rows[7].failure == "an exception that is no std::exception");
    CHECK(failures_in(table) == 3);
    CHECK(rows[9].numbers == std::vector<double>{81});
}
TEST_CASE("a sweep does what its table lacks") {
    const scratch_folder folder;
    auto table = table_in(folder.path);
    table.add({{"a", "2"}, {-1}});
    table.add({{"a", "4"}, {}, "failed"});
    std::atomic<std::size_t> done = 0;
    const auto count = [&](std::size_t) { ++done; };
    CHECK(apd::run_sweep(table, squares(6, "a", count)));
    CHECK(done == 4);
    CHECK(apd::run_sweep(table, squares(6, "a", count)));
    CHECK(done == 4);
    CHECK(table.rows()[0].numbers[0] == -1);
    CHECK(failures_in(table) == 1);
}
TEST_CASE("what another process adds meanwhile is not done again") {
    const scratch_folder folder;
    auto table = table_in(folder.path), other = table_in(folder.path);
    std::vector<std::size_t> done;
    std::size_t last = 0;
    CHECK(apd::run_sweep(table,
                         squares(4, "a",
                                 [&](std::size_t seed) {
                                     done.push_back(seed);
                                     if (seed == 0) other.add({{"a", "1"}, {1}}), other.add({{"a", "2"}, {4}});
                                 }),
                         {.at_once = 1}, [&](const apd::progress& p) { last = p.step; }));
    CHECK(done == std::vector<std::size_t>{0, 3});
    CHECK(last == 4);
}
TEST_CASE("a sweep that is told to stop begins no run, and adds none that was under way") {
    const scratch_folder folder;
    auto table = table_in(folder.path);
    std::atomic<bool> stop = false;
    CHECK_FALSE(apd::run_sweep(table, squares(10, "a", [&](std::size_t seed) { stop = seed == 3; }),
                               {.at_once = 1, .stop = &stop}));
    CHECK(table.rows().size() == 3);
    stop = false;
    CHECK(apd::run_sweep(table, squares(10, "a", nothing), {.at_once = 1, .stop = &stop}));
    CHECK(table.rows().size() == 10);
}
TEST_CASE("a table that can't be written, and an observer that throws, end a sweep") {
    const scratch_folder folder;
    auto table = table_in(folder.path);
    auto runs = squares(10, "a", nothing);
    runs[2].run = [] { return std::vector{1.0, 2.0}; };
    CHECK_THROWS_WITH(apd::run_sweep(table, runs, {.at_once = 1}), Contains("sweep.csv: a row has not as many"));
    CHECK(table.rows().size() == 2);
    CHECK_THROWS_AS(apd::run_sweep(table, squares(10, "a", nothing), {.at_once = 2},
                                   [](const apd::progress&) { throw std::runtime_error("stop"); }),
                    std::runtime_error);
    CHECK(table.rows().size() == 3);
}
TEST_CASE("processes that sweep at once and are killed now and then come to a table with all rows, once each") {
    const scratch_folder folder;
    constexpr std::size_t seeds = 40, processes = 3;
    const auto begun = [&](std::size_t p) {
        const pid_t child = ::fork();
        if (child == 0) {
            // Two share the seeds of one variant, the third has one of its own.
            const std::string variant = p < 2 ? "shared" : "own";
            auto table = table_in(folder.path);
            apd::run_sweep(
                table,
                squares(seeds, variant, [](std::size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }),
                {.at_once = 2});
            ::_exit(0);
        }
        return child;
    };
    std::array<pid_t, processes> children{};
    for (std::size_t p = 0; p < processes; ++p) children[p] = begun(p);
    for (std::size_t kills = 0; kills < 9; ++kills) {
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        const std::size_t p = kills % processes;
        ::kill(children[p], SIGKILL);
        ::waitpid(children[p], nullptr, 0);
        children[p] = begun(p);
    }
    for (const pid_t child : children) {
        int status = 1;
        ::waitpid(child, &status, 0);
        CHECK(status == 0);
    }
    auto rows = table_in(folder.path).rows();
    CHECK(rows.size() == 2 * seeds);
    CHECK(std::ranges::all_of(rows, [](const auto& row) {
        return row.numbers == std::vector{std::stod(row.key[1]) * std::stod(row.key[1])};
    }));
    const std::string text = apd::read_file(folder.path / "sweep.csv");
    CHECK(std::ranges::count(text, '\n') == 1 + 2 * seeds);
}
