#include <csignal>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <sys/resource.h>
#include <sys/stat.h>

#include <apd/io/atomic_file.hpp>
#include <apd/io/locked_lines.hpp>

using apd::ext::detail::locked_lines;
using Catch::Matchers::Contains;

TEST_CASE("lines are appended, to a new file in a new folder too") {
    const scratch_folder folder;
    const auto path = folder.path / "new" / "lines";
    locked_lines(path, "").append("one\n");
    locked_lines(path, "one\n").append("two\nthree\n");
    CHECK(apd::read_file(path) == "one\ntwo\nthree\n");
    const locked_lines lines(path, "");
    CHECK(lines.size() == 14);
    CHECK(lines.from(4) == "two\nthree\n");
    CHECK(lines.from(14).empty());
    CHECK(lines.from(20).empty());
}
TEST_CASE("what a writer that was killed has left of a line is cut off, however long") {
    const scratch_folder folder;
    const auto path = folder.path / "lines";
    std::string of_two_lines = "begin\n";
    of_two_lines.append(9'000, 'w').append("\n");
    for (const std::string& whole : {std::string("begin\n"), of_two_lines})
        for (const std::size_t torn : {0U, 1U, 4'095U, 4'096U, 10'000U}) {
            apd::write_file_atomically(path, whole + std::string(torn, 't'));
            locked_lines(path, "begin\n").append("next\n");
            CHECK(apd::read_file(path) == whole + "next\n");
        }
    apd::write_file_atomically(path, "beg");  // the first line itself
    locked_lines(path, "begin\n").append("next\n");
    CHECK(apd::read_file(path) == "next\n");
}
TEST_CASE("a file of something else is left as it is") {
    const scratch_folder folder;
    const auto path = folder.path / "notes.txt";
    apd::write_file_atomically(path, "notes without an end");
    CHECK_THROWS_WITH(locked_lines(path, "key,number\n"),
                      Contains("notes.txt: does not begin with 'key,number'; give the name of a new file"));
    CHECK(apd::read_file(path) == "notes without an end");
}
TEST_CASE("lines that find no room leave no part behind") {
    const scratch_folder folder;
    const auto path = folder.path / "lines";
    const std::string known = "begin\n" + std::string(1'000, 'k') + '\n';
    apd::write_file_atomically(path, known);
    rlimit usual{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{known.size() + 10, usual.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    std::string problem;
    try {
        locked_lines(path, "begin\n").append(std::string(100, 'n') + '\n');
    } catch (const apd::error& found) {
        problem = found.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &usual);
    std::signal(SIGXFSZ, handler);
    CHECK_THAT(problem, Contains("lines: can't be written (File too large); choose a folder that can be written"));
    CHECK(apd::read_file(path) == known);
}
TEST_CASE("what is no file, or can't be opened, is refused with the reason") {
    const scratch_folder folder;
    CHECK_THROWS_WITH(locked_lines(folder.path, ""), Contains("can't be opened (Is a directory)"));
    CHECK_THROWS_WITH(locked_lines("/dev/null", ""), Contains("is not the name of a file"));
    CHECK_THROWS_WITH(locked_lines("/proc/apd/lines", ""), Contains("can't be opened (No such file or directory)"));
}
