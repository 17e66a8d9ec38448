#include <cstddef>
#include <filesystem>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <support/toy.hpp>

using Catch::Matchers::Contains;

namespace {

// What a run would save: the second it was asked at.
struct snapshot {
    double seconds;

    const snapshot& operator()() const { return *this; }
    apd::tensors to_resume() const {
        apd::tensors file;
        file.metadata()["second"] = std::to_string(static_cast<int>(seconds));
        return file;
    }
};
void record(apd::checkpoint& saves, double seconds, std::size_t run = 0, std::size_t runs = 1) {
    saves({.step = 1,
           .steps = 9,
           .learning_rate = 0,
           .seconds = seconds,
           .total = 0,
           .names = {},
           .values = {},
           .run = run,
           .runs = runs,
           .begins = seconds == 0},
          snapshot{seconds});
}
std::string second_in(const std::filesystem::path& path) { return apd::load(path).metadata().at("second"); }

}  // namespace

TEST_CASE("a run that fails leaves its last checkpoint, whose components were good") {
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    std::size_t records = 0;
    const auto fail = [&](const apd::progress&) {
        if (++records == 3) throw apd::error("test", "the power is gone", "");
    };
    CHECK_THROWS_AS(apd_test::toy_decomposition({.steps = 60, .batch = 16, .learning_rate = 1e-2, .log_every = 20}, 1,
                                                1, apd::checkpoint(path, 0), fail),
                    apd::error);
    const auto saved = apd::decomposition<apd_test::toy, apd::shared_components<5, 3>>::from(apd::load(path));
    CHECK(saved.completed_steps == 40);
    const auto shorter = apd_test::toy_decomposition({.steps = 40, .batch = 16, .learning_rate = 1e-2});
    CHECK((saved.component<"W">() == shorter.component<"W">()));
}
TEST_CASE("a checkpoint holds factors and moments, not what factors multiply out to") {
    const scratch_folder folder;
    apd_test::toy_decomposition({.steps = 2, .batch = 16}, 1, 1, apd::checkpoint(folder.path / "run.safetensors", 0));
    CHECK(apd::load(folder.path / "run.safetensors").names() ==
          std::vector<std::string>{"U.W", "V.W", "coefficients", "history", "moment 0.U.W", "moment 0.V.W",
                                   "moment 1.U.W", "moment 1.V.W", "target.W", "target.b", "without components"});
}
TEST_CASE("checkpoints are as far apart as they are told to be") {
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    apd_test::toy_decomposition({.steps = 60, .batch = 16, .learning_rate = 1e-2, .log_every = 20}, 1, 1,
                                apd::checkpoint(path, 3600));
    CHECK(apd::load(folder.path / "run.previous.safetensors").metadata().at("steps") == "0");  // the first record
    CHECK(apd::load(path).metadata().at("steps") == "59");  // the last; the hour is not over
}
TEST_CASE("plans that are learned together are saved beside each other") {
    const scratch_folder folder;
    std::vector plans(2, apd::plan{apd_test::toy_target, apd_test::toy_data, apd_test::toy_objective(1),
                                   apd::decompose_options{.steps = 60, .batch = 16, .log_every = 20}});
    plans[1].options.seed = 5;
    apd::cpu device({.threads = 2});
    apd::decompose<5, 3>(device, plans, apd::checkpoint(folder.path / "run.safetensors", 0));
    CHECK(apd::load(folder.path / "run_0.safetensors").metadata().at("seed") == "0");
    CHECK(apd::load(folder.path / "run_1.safetensors").metadata().at("seed") == "5");
}
TEST_CASE("a checkpoint whose name is a link is saved where that leads to") {
    const scratch_folder folder;
    const auto far = folder.path / "far", link = folder.path / "run.safetensors";
    std::filesystem::create_directory(far);
    std::filesystem::create_symlink("far/kept.safetensors", link);
    apd::checkpoint saves(link, 0);
    record(saves, 0);
    record(saves, 5);
    CHECK(std::filesystem::is_symlink(link));
    CHECK(second_in(far / "kept.safetensors") == "5");
    CHECK(second_in(far / "kept.previous.safetensors") == "0");
    CHECK_FALSE(std::filesystem::exists(folder.path / "run.previous.safetensors"));
}
TEST_CASE("one checkpoint serves run after run") {
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    apd::checkpoint saves(path, 10);
    for (const double seconds : {0, 9, 11, 20}) record(saves, seconds);
    CHECK(second_in(path) == "11");
    record(saves, 0);
    CHECK(second_in(path) == "0");
    record(saves, 12);
    CHECK(second_in(path) == "12");
}
TEST_CASE("every plan is saved when it is due, whichever of them have failed") {
    const scratch_folder folder;
    apd::checkpoint saves(folder.path / "run.safetensors", 10);
    for (const std::size_t run : {0U, 1U, 2U}) record(saves, 0, run, 3);
    record(saves, 5, 1, 3);  // the first has failed
    CHECK(second_in(folder.path / "run_1.safetensors") == "0");
    record(saves, 11, 1, 3);
    record(saves, 12, 2, 3);
    record(saves, 19, 1, 3);
    CHECK(second_in(folder.path / "run_0.safetensors") == "0");
    CHECK(second_in(folder.path / "run_1.safetensors") == "11");
    CHECK(second_in(folder.path / "run_2.safetensors") == "12");
    record(saves, 21, 1, 3);
    CHECK(second_in(folder.path / "run_1.safetensors") == "21");
}
TEST_CASE("a plan that becomes NaN is not saved, and the others are saved as without it") {
    const scratch_folder folder;
    const auto saved_steps = [&](double seconds) {
        std::vector plans(2, apd::plan{apd_test::toy_target, apd_test::toy_data, apd_test::toy_objective(1),
                                       apd::decompose_options{.steps = 60, .batch = 16, .log_every = 20}});
        plans[0].options.learning_rate = 1e30;
        apd::cpu device({.threads = 1});
        const auto results =
            apd::decompose<5, 3>(device, plans, apd::checkpoint(folder.path / "run.safetensors", seconds));
        CHECK_FALSE(results[0].failure.empty());
        CHECK(apd::load(folder.path / "run_0.safetensors").metadata().at("steps") == "0");
        CHECK(apd::load(folder.path / "run_1.safetensors").metadata().at("steps") == "59");
        return apd::load(folder.path / "run_1.previous.safetensors").metadata().at("steps");
    };
    CHECK(saved_steps(0) == "40");
    CHECK(saved_steps(1000) == "0");
}
TEST_CASE("a checkpoint that can't be written ends the run at its first record, and is told of later") {
    const scratch_folder folder;
    const auto path = folder.path / "runs" / "run.safetensors";
    apd::write_file_atomically(folder.path / "runs", "in the way");
    apd::checkpoint saves(path, 10);
    CHECK_THROWS_WITH(record(saves, 0), Contains("run.next.safetensors") && Contains("; choose a folder"));

    std::filesystem::remove(folder.path / "runs");
    record(saves, 0);
    std::filesystem::remove_all(folder.path / "runs");
    apd::write_file_atomically(folder.path / "runs", "in the way");
    std::ostringstream told;
    auto* const usual = std::cerr.rdbuf(told.rdbuf());
    record(saves, 11);
    record(saves, 22);
    std::cerr.rdbuf(usual);
    CHECK_THAT(told.str(), Catch::Matchers::StartsWith("\ncheckpoint: ") && Contains("run.next.safetensors") &&
                               Catch::Matchers::EndsWith("; the run goes on and tries again\n"));
    CHECK(told.str().find("tries again") == told.str().rfind("tries again"));

    std::filesystem::remove(folder.path / "runs");
    record(saves, 33);
    CHECK(second_in(path) == "33");
}
TEST_CASE("a checkpoint of no file, or at no time, is refused when it is made") {
    CHECK_THROWS_WITH(apd::checkpoint(""), "checkpoint: '' is not the name of a file; give one to save under");
    CHECK_THROWS_WITH(apd::checkpoint("folder/"), Contains("'folder/' is not the name of a file"));
    for (const double seconds : {-1.0, std::numeric_limits<double>::quiet_NaN()})
        CHECK_THROWS_WITH(apd::checkpoint("run.safetensors", seconds),
                          "checkpoint: the seconds between saves are negative or NaN; give some such as 60");
}
