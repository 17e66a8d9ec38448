#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <apd/io/atomic_file.hpp>
#include <apd/io/results_table.hpp>

using apd::results_table;
using Catch::Matchers::Contains;

namespace {

const std::vector<std::string> keys{"variant", "seed"}, numbers{"loss", "seconds"};

// f in a process of its own.
template <class F>
pid_t process(F&& f) {
    const pid_t child = ::fork();
    if (child == 0) {
        f();
        ::_exit(0);
    }
    return child;
}
std::size_t lines_in(const std::filesystem::path& path) {
    const std::string text = apd::read_file(path);
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("rows come back as they were added, to the last digit, and in a second table too") {
    const scratch_folder folder;
    const auto path = folder.path / "sweep.csv";
    const double third = 1.0 / 3, infinity = std::numeric_limits<double>::infinity();
    const std::vector<apd::table_row> rows{{{"robust", "0"}, {third, 1e-300}},
                                           {{"a, \"b\"", ""}, {-infinity, 12}},
                                           {{"robust", "1"}, {}, "the term 'x, y'\nbecame \"NaN\""}};
    results_table table(path, keys, numbers);
    CHECK(apd::read_file(path) == "variant,seed,loss,seconds,failure\n");
    for (const auto& row : rows) CHECK(table.add(row));
    CHECK(apd::read_file(path) ==
          "variant,seed,loss,seconds,failure\n"
          "robust,0,0.3333333333333333,1e-300,\n"
          "\"a, \"\"b\"\"\",,-inf,12,\n"
          "robust,1,,,\"the term 'x, y' became \"\"NaN\"\"\"\n");
    results_table again(path, keys, numbers);
    for (auto* each : {&table, &again}) {
        const auto found = each->rows();
        REQUIRE(found.size() == 3);
        CHECK(found[0] == rows[0]);
        CHECK(found[1] == rows[1]);
        CHECK(found[2].failure == "the term 'x, y' became \"NaN\"");
        CHECK(each->has({"a, \"b\"", ""}));
        CHECK(each->has({"robust", "1"}));
        CHECK_FALSE(each->has({"robust", "2"}));
    }
}
TEST_CASE("a row of NaN is a result") {
    const scratch_folder folder;
    results_table(folder.path / "t.csv", keys, numbers).add({{"a", "0"}, {std::nan(""), -std::nan("")}});
    CHECK_THAT(apd::read_file(folder.path / "t.csv"), Contains("\na,0,nan,nan,\n"));
    results_table again(folder.path / "t.csv", keys, numbers);
    REQUIRE(again.has({"a", "0"}));
    CHECK(std::isnan(again.rows()[0].numbers[1]));
}
TEST_CASE("a key has one row, the first, whoever adds it") {
    const scratch_folder folder;
    results_table one(folder.path / "t.csv", keys, numbers), other(folder.path / "t.csv", keys, numbers);
    CHECK(one.add({{"a", "0"}, {1, 2}}));
    CHECK_FALSE(other.add({{"a", "0"}, {3, 4}}));
    CHECK(other.has({"a", "0"}));
    CHECK(other.add({{"a", "1"}, {5, 6}}));
    CHECK(one.rows() == std::vector<apd::table_row>{{{"a", "0"}, {1, 2}}, {{"a", "1"}, {5, 6}}});
}
TEST_CASE("a line that was cut off is no row, and those after it are whole") {
    const scratch_folder folder;
    const auto path = folder.path / "t.csv";
    results_table(path, keys, numbers).add({{"a", "0"}, {1, 2}});
    const std::string whole = apd::read_file(path);
    for (const char* torn : {"a", "a,1,0.99", "a,1,0.998,12,", "\"a, b"}) {
        apd::write_file_atomically(path, whole + torn);
        results_table table(path, keys, numbers);
        CHECK_FALSE(table.has({"a", "1"}));
        table.add({{"a", "1"}, {3, 4}});
        CHECK(apd::read_file(path) == whole + "a,1,3,4,\n");
    }
    for (const std::size_t torn : {0U, 1U, 10U}) {  // within the header
        apd::write_file_atomically(path, whole.substr(0, torn));
        results_table table(path, keys, numbers);
        table.add({{"a", "0"}, {1, 2}});
        CHECK(apd::read_file(path) == whole);
    }
}
TEST_CASE("a table of others, a line that is no row, and a row that does not fit are refused") {
    const scratch_folder folder;
    const auto path = folder.path / "t.csv";
    results_table table(path, keys, numbers);
    CHECK_THROWS_WITH(results_table("", keys, numbers),
                      "results_table: '' is not the name of a file; give one for the rows");
    CHECK_THROWS_WITH(results_table(path, keys, {"loss"}),
                      Contains("t.csv: does not begin with 'variant,seed,loss,failure'; give the name of a new file"));
    const std::string sentence =
        "t.csv: a row has not as many texts and numbers as the table has columns; give one for each, or a failure and "
        "no numbers";
    CHECK_THROWS_WITH(table.add({{"a"}, {1, 2}}), Contains(sentence));
    CHECK_THROWS_WITH(table.add({{"a", "0"}, {1}}), Contains(sentence));
    CHECK_THROWS_WITH(table.add({{"a", "0"}, {1, 2}, "failed"}), Contains(sentence));
    CHECK_THROWS_WITH(table.add({{"a\nb", "0"}, {1, 2}}), Contains("has more than one line"));
    const std::string header = apd::read_file(path);
    for (const char* line : {"a,0,1,2", "a,0,1,2,,", "a,0,1,x,", "a,0,1,,", "a,0,1,2 ,", "\"a,0,1,2,"}) {
        apd::write_file_atomically(path, header + line + "\n");
        CHECK_THROWS_WITH(results_table(path, keys, numbers),
                          Contains("the line '" + std::string(line) + "' is no row; delete it, and its run is done"));
    }
}
TEST_CASE("a table that is begun anew behind our back is read anew") {
    const scratch_folder folder;
    const auto path = folder.path / "t.csv";
    results_table table(path, keys, numbers);
    table.add({{"a", "0"}, {1, 2}});
    std::filesystem::remove(path);
    CHECK_FALSE(table.has({"a", "0"}));
    table.add({{"a", "1"}, {1, 2}});
    CHECK(apd::read_file(path) == "variant,seed,loss,seconds,failure\na,1,1,2,\n");
}
TEST_CASE("processes and threads that add to one table at once lose no row and tear none") {
    const scratch_folder folder;
    const auto path = folder.path / "t.csv";
    constexpr int processes = 4, threads = 2, rows = 100;
    std::vector<pid_t> children;
    for (int p = 0; p < processes; ++p)
        children.push_back(process([&] {
            results_table table(path, keys, numbers);
            std::vector<std::jthread> workers;
            for (int t = 0; t < threads; ++t)
                workers.emplace_back([&, t] {
                    const std::string name = "process " + std::to_string(p) + ", thread " + std::to_string(t);
                    for (int row = 0; row < rows; ++row) table.add({{name, std::to_string(row)}, {1.0 / row, 2}});
                });
        }));
    for (const pid_t child : children) {
        int status = 1;
        ::waitpid(child, &status, 0);
        CHECK(status == 0);
    }
    CHECK(results_table(path, keys, numbers).rows().size() == processes * threads * rows);
    CHECK(lines_in(path) == 1 + processes * threads * rows);
}
TEST_CASE("processes that are killed while they add leave the rows of all whole") {
    const scratch_folder folder;
    const auto path = folder.path / "t.csv";
    results_table table(path, keys, numbers);
    std::array<int, 2> pipe{};  // on which a process says that a row is in the table
    REQUIRE(::pipe(pipe.data()) == 0);
    const auto adds = [&](const std::string& name) {
        return process([&] {
            results_table own(path, keys, numbers);
            for (unsigned row = 0;; ++row) {
                own.add({{name, std::to_string(row)}, {1.0 / row, 2}});
                [[maybe_unused]] const auto sent = ::write(pipe[1], name.data(), 1);
            }
        });
    };
    std::size_t told = 0;
    for (int round = 0; round < 10; ++round) {
        std::vector<pid_t> children;
        for (const char* name : {"a", "b", "c"}) children.push_back(adds(name + std::to_string(round)));
        char letter = ' ';
        for (int i = 0; i < 30; ++i) told += ::read(pipe[0], &letter, 1) == 1 ? 1 : 0;
        for (const pid_t child : children) {
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
        }
        table.add({{"after", std::to_string(round)}, {1, 2}});
    }
    ::close(pipe[1]);
    for (char letter = ' '; ::read(pipe[0], &letter, 1) == 1;) ++told;
    ::close(pipe[0]);
    const auto rows = results_table(path, keys, numbers).rows();
    // Each process may have been killed between a row and its word.
    CHECK(rows.size() >= told + 10);
    CHECK(rows.size() <= told + 10 + 30);
    CHECK(lines_in(path) == 1 + rows.size());
}
