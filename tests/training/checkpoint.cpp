#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <support/toy.hpp>

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
    const auto saved = apd::load(path);
    CHECK(saved.metadata().at("steps") == "40");
    const auto shorter = apd_test::toy_decomposition({.steps = 40, .batch = 16, .learning_rate = 1e-2});
    CHECK((saved.get<float>("components.W") == shorter.component<"W">()));
}
TEST_CASE("checkpoints are as far apart as they are told to be") {
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    apd_test::toy_decomposition({.steps = 60, .batch = 16, .learning_rate = 1e-2, .log_every = 20}, 1, 1,
                                apd::checkpoint(path, 3600));
    CHECK(apd::load(path).metadata().at("steps") == "0");  // the first record; the hour is not over
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
