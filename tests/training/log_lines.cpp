#include <array>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <limits>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <support/toy.hpp>

using Catch::Matchers::Contains;

namespace {

constexpr std::array<std::string_view, 3> names{"faithfulness", "minimality", "minimality"};
constexpr std::array<double, 3> values{0.25, 1e-20, 3};

apd::progress record(std::size_t step) {
    return {.step = step,
            .steps = 100,
            .learning_rate = 1e-3,
            .seconds = 1.5,
            .total = 3.25,
            .names = names,
            .values = values,
            .run = 0,
            .runs = 2,
            .begins = step == 1};
}
// The lines of a file, without when their runs were started.
std::vector<std::string> lines_in(const std::filesystem::path& path) {
    std::istringstream text(apd::read_file(path));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);)
        lines.push_back(std::regex_replace(line, std::regex("\"started\":[0-9.e+]+,"), ""));
    return lines;
}
double number_in(const std::string& line, const std::string& name) {
    const std::size_t at = line.find('"' + name + "\":");
    REQUIRE(at != std::string::npos);
    return std::stod(line.substr(at + name.size() + 3));
}

}  // namespace

TEST_CASE("every record is a line of JSON") {
    const scratch_folder folder;
    const auto path = folder.path / "logs" / "run.jsonl";
    apd::log_lines log(path);
    log(record(1));
    CHECK(lines_in(path).size() == 1);  // at once
    log(record(11));
    CHECK(lines_in(path)[1] == R"({"run":0,"step":11,"steps":100,"seconds":1.5,"rate":0.001,"total":3.25,)"
                               R"("faithfulness":0.25,"minimality":1e-20,"minimality 2":3})");
}
TEST_CASE("a record of a failure says why, and NaN is null") {
    const scratch_folder folder;
    const auto path = folder.path / "run.jsonl";
    apd::log_lines log(path);
    auto last = record(21);
    const std::array<double, 3> broken{std::numeric_limits<double>::quiet_NaN(),
                                       -std::numeric_limits<double>::infinity(), 0};
    last.values = broken, last.total = broken[0], last.failure = "the term \"faithfulness\" became NaN by step 20";
    log(last);
    CHECK(lines_in(path)[0] ==
          R"({"run":0,"step":21,"steps":100,"seconds":1.5,"rate":0.001,"total":null,"faithfulness":null,)"
          R"("minimality":null,"minimality 2":0,"failure":"the term \"faithfulness\" became NaN by step 20"})");
}
TEST_CASE("terms that are called as the rest of a line are numbered") {
    const scratch_folder folder;
    const auto path = folder.path / "run.jsonl";
    constexpr std::array<std::string_view, 3> own{"step", "failure", "total"};
    auto one = record(1);
    one.names = own;
    apd::log_lines log(path);
    log(one);
    CHECK_THAT(lines_in(path)[0], Contains(R"("total":3.25,"step 2":0.25,"failure 2":1e-20,"total 2":3})"));
}
TEST_CASE("runs of one object, of another and after a kill are added, and told apart") {
    const scratch_folder folder;
    const auto path = folder.path / "run.jsonl";
    apd::log_lines log(path);
    for (const std::size_t step : {1U, 11U, 1U}) log(record(step));
    apd::write_file_atomically(path, apd::read_file(path) + R"({"run":0,"started":17)");
    apd::log_lines again(path);
    for (const std::size_t step : {1U, 11U}) again(record(step));
    std::istringstream text(apd::read_file(path));
    std::vector<double> starts;
    for (std::string line; std::getline(text, line);) starts.push_back(number_in(line, "started"));
    REQUIRE(starts.size() == 5);
    CHECK(starts[0] > 1.7e9);
    CHECK(starts[1] == starts[0]);
    CHECK(starts[2] > starts[0]);
    CHECK(starts[3] > starts[2]);
    CHECK(starts[4] == starts[3]);
}
TEST_CASE("decompose writes the records of all plans") {
    const scratch_folder folder;
    const auto path = folder.path / "run.jsonl";
    std::vector plans(2, apd::plan{apd_test::toy_target, apd_test::toy_data, apd_test::toy_objective(1),
                                   apd::decompose_options{.steps = 60, .batch = 16, .log_every = 20}});
    plans[0].options.learning_rate = 1e30;
    apd::cpu device({.threads = 1});
    const auto results = apd::decompose<5, 3>(device, plans, apd::log_lines(path));
    const auto lines = lines_in(path);
    REQUIRE(lines.size() == 2 + 4);
    CHECK_THAT(lines[2], Contains(R"({"run":0,"step":21,)") &&
                             Contains(R"("failure":"the term 'faithfulness' became NaN by step 20"})"));
    CHECK(number_in(lines.back(), "run") == 1);
    CHECK(number_in(lines.back(), "step") == 60);
    CHECK(number_in(lines.back(), "total") == results[1].history.back().total);
    CHECK(number_in(lines.back(), "minimality") == results[1].history.back().values[1]);
}
TEST_CASE("a log that can't be written ends the run at its first record, and is told of later") {
    const scratch_folder folder;
    const auto path = folder.path / "logs" / "run.jsonl";
    apd::write_file_atomically(folder.path / "logs", "in the way");
    apd::log_lines log(path);
    CHECK_THROWS_WITH(log(record(1)), Contains("run.jsonl: can't be opened (Not a directory); choose a folder"));
    std::ostringstream told;
    auto* const usual = std::cerr.rdbuf(told.rdbuf());
    log(record(11));
    log(record(21));
    std::cerr.rdbuf(usual);
    CHECK_THAT(told.str(), Catch::Matchers::StartsWith("\nlog_lines: ") && Contains("run.jsonl") &&
                               Catch::Matchers::EndsWith("; the run goes on\n"));
    CHECK(told.str().find("goes on") == told.str().rfind("goes on"));
    std::filesystem::remove(folder.path / "logs");
    log(record(31));
    CHECK(lines_in(path).size() == 1);
}
TEST_CASE("a log under no name, or under that of another file, is refused") {
    CHECK_THROWS_WITH(apd::log_lines(""), "log_lines: '' is not the name of a file; give one for the lines");
    const scratch_folder folder;
    const auto path = folder.path / "target.safetensors";
    apd::save(apd_test::toy_target, path);
    const std::string before = apd::read_file(path);
    apd::log_lines log(path);
    CHECK_THROWS_WITH(log(record(1)), Contains("does not begin with '{\"run\":'"));
    CHECK(apd::read_file(path) == before);
}
