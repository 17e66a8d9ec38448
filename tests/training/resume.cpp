// A run that was cut off and goes on ends bit for bit where the unbroken one does.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <own_parts.hpp>
#include <support/scratch_folder.hpp>
#include <support/tested_backend.hpp>
#include <support/toy.hpp>

using Catch::Matchers::Contains;

namespace {

using apd_test::toy, apd_test::toy_target, apd_test::toy_data, apd_test::toy_objective;
const apd::decompose_options quick{.steps = 60, .batch = 32, .learning_rate = 1e-2, .warm_up = 0.1, .log_every = 7};

/// Cuts a run off at record number `record`, as a loss of power does.
struct power_cut {
    std::size_t record;

    void operator()(const apd::progress&) {
        if (record-- == 0) throw apd::error("test", "the power is gone", "");
    }
};
/// What is written to the standard error output meanwhile.
std::string told_by(auto&& f) {
    std::ostringstream told;
    auto* const usual = std::cerr.rdbuf(told.rdbuf());
    f();
    std::cerr.rdbuf(usual);
    return told.str();
}
void change_byte(const std::filesystem::path& path, std::streamoff from_end) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(-from_end, std::ios::end);
    const char old = static_cast<char>(file.get());
    file.seekp(-from_end, std::ios::end);
    file.put(static_cast<char>(old ^ 4));
}
template <class Result>
std::string bytes_of(const Result& result) {
    return apd::to_safetensors(result.to_tensors());
}
auto toy_plan(const apd::decompose_options& options = quick) {
    return apd::plan{toy_target, toy_data, toy_objective(), options};
}
auto learn(auto& device, const auto& plans, auto&&... observers) {
    return apd::decompose<5, 3>(device, plans, observers...);
}
/// learned_by(observers...): the unbroken run, and the one that is cut off at every third record, give the same bytes.
void check_resumed(auto&& learned_by) {
    const std::string unbroken = learned_by();
    for (const std::size_t record : {1U, 4U, 8U}) {
        const scratch_folder folder;
        const auto path = folder.path / "run.safetensors";
        CHECK_THROWS_AS(learned_by(apd::checkpoint(path, 0), power_cut{record}), apd::error);
        CHECK(learned_by(apd::resume(path)) == unbroken);
        // What is cut off twice is whole too.
        CHECK_THROWS_AS(learned_by(apd::resume(path), apd::checkpoint(path, 0), power_cut{0}), apd::error);
        CHECK(learned_by(apd::resume(path), apd::checkpoint(path, 0)) == unbroken);
    }
}

}  // namespace

TEST_CASE("a decomposition goes on, on any number of threads") {
    std::size_t threads = 0;
    check_resumed([&](auto&&... observers) {
        apd::cpu device({.threads = 1 + threads++ % 3});
        return bytes_of(learn(device, toy_plan(), observers...));
    });
}
TEST_CASE("a decomposition goes on, on a backend that records its steps") {
    check_resumed([](auto&&... observers) {
        apd_test::recording_backend device;
        return bytes_of(learn(device, toy_plan(), observers...));
    });
}
TEST_CASE("what nodes learn, unit columns and other optimisers go on too") {
    using hidden = apd::network<apd::linear<"A", 5, 3>, apd::relu, apd::linear<"B", 3, 5>>;
    const auto target = apd_test::random_parameters<hidden, float>(4);
    auto options = quick;
    options.columns = apd::column_norm::unit;
    const auto objective = apd::faithfulness() + apd::minimality(own::learned_mask());
    const auto goes_on = [&](const auto& optimiser) {
        check_resumed([&](auto&&... observers) {
            apd_test::recording_backend device;
            const auto plan = apd::plan{target, toy_data, objective, options}.with(optimiser);
            const auto result = apd::decompose<apd::subcomponents<4, 3>>(device, plan, observers...);
            CHECK(result.other_parts.size() == 1);
            return bytes_of(result);
        });
    };
    goes_on(apd::sgd{.momentum = 0.9});
    goes_on(own::adagrad{});
}
TEST_CASE("importances and adversaries that remember go on too") {
    using hidden = apd::network<apd::linear<"A", 5, 3>, apd::relu, apd::linear<"B", 3, 5>>;
    const auto target = apd_test::random_parameters<hidden, float>(4);
    const auto ci = apd::private_importances<3>();
    const auto objective = 0.01 * apd::importance_minimality(ci, apd::annealed{1, 0.5, 0, 60}) +
                           0.01 * apd::frequency_minimality(ci, apd::smooth_l0({1, 0.1, 0, 60}), 100).averaged_over(9) +
                           apd::reconstruction(apd::stochastic(ci), apd::each_site) +
                           apd::annealed{0, 1, 0, 60} * apd::reconstruction(apd::merged(ci, 0.5, {.before = 1})) +
                           apd::reconstruction(apd::persistent_adversary(ci, {.rows = 4}), apd::random_sites);
    auto options = quick;
    options.limits.factors = 0.5;
    options.faithful.steps = 5;
    check_resumed([&](auto&&... observers) {
        apd_test::recording_backend device;
        return bytes_of(apd::decompose<apd::subcomponents<4, 3>>(
            device, apd::plan{target, toy_data, objective, options}, observers...));
    });
}
TEST_CASE("batches that the host gives go on where they were") {
    std::vector<float> rows;
    for (std::size_t i = 0; i < 500; ++i) rows.push_back(static_cast<float>(i % 17) - 8);
    check_resumed([&](auto&&... observers) {
        apd::cpu device({.threads = 1});
        const apd::samples<5> data(rows);
        return bytes_of(learn(device, apd::plan{toy_target, data, toy_objective(), quick}, observers...));
    });
}
TEST_CASE("every plan of a list goes on, those that are behind first") {
    std::vector plans(3, toy_plan());
    plans[1].options.seed = 5;
    plans[2].options.learning_rate = 1e30;
    apd::cpu device({.threads = 2});
    const auto unbroken = learn(device, plans);
    CHECK_FALSE(unbroken[2].failure.empty());
    for (const std::size_t behind : {0U, 1U}) {
        const scratch_folder folder;
        const auto path = folder.path / "run.safetensors", other = folder.path / "other" / "run.safetensors";
        CHECK_THROWS_AS(learn(device, plans, apd::checkpoint(other, 0), power_cut{5}), apd::error);
        CHECK_THROWS_AS(learn(device, plans, apd::checkpoint(path, 0), power_cut{11}), apd::error);
        const auto name = "run_" + std::to_string(behind) + ".safetensors";
        std::filesystem::rename(folder.path / "other" / name, folder.path / name);
        std::vector<std::size_t> steps_seen(3);
        const auto watch = [&](const apd::progress& p) {
            CHECK(p.begins == (steps_seen[p.run] == 0));
            CHECK(p.step > p.steps_before);
            CHECK(p.step > steps_seen[p.run]);
            steps_seen[p.run] = p.step;
        };
        const auto resumed = learn(device, plans, watch, apd::resume(path));
        for (std::size_t i = 0; i < 3; ++i) CHECK(bytes_of(resumed[i]) == bytes_of(unbroken[i]));
    }
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    CHECK_THROWS_AS(learn(device, plans, apd::checkpoint(path, 0), power_cut{11}), apd::error);
    std::filesystem::remove(folder.path / "run_1.safetensors");
    std::filesystem::remove(folder.path / "run_1.previous.safetensors");
    std::vector<std::string> resumed;
    const auto told = told_by([&] {
        for (const auto& each : learn(device, plans, apd::resume(path))) resumed.push_back(bytes_of(each));
    });
    CHECK_THAT(told, Contains("run 1 has no checkpoint and begins anew"));
    for (std::size_t i = 0; i < 3; ++i) CHECK(resumed[i] == bytes_of(unbroken[i]));
}
TEST_CASE("a run that was told to stop goes on, and its history is that of an unbroken one") {
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    apd::cpu device({.threads = 1});
    const auto unbroken = learn(device, toy_plan());
    std::atomic<bool> stop = false;
    auto options = quick;
    options.stop = &stop;
    const auto stop_at = [&](const apd::progress& p) { stop = p.step > 20; };
    const auto stopped = learn(device, toy_plan(options), stop_at, apd::checkpoint(path));
    CHECK(stopped.completed_steps < 60);
    CHECK(stopped.history.back().step % 7 != 0);
    CHECK(bytes_of(learn(device, toy_plan(), apd::resume(path))) == bytes_of(unbroken));
}
TEST_CASE("more steps may be asked for") {
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    apd::cpu device({.threads = 1});
    auto options = quick;
    options.warm_up = 0;
    learn(device, toy_plan(options), apd::checkpoint(path));
    options.steps = 100;
    const auto longer = learn(device, toy_plan(options), apd::resume(path));
    CHECK(longer.completed_steps == 100);
    CHECK(bytes_of(longer) == bytes_of(learn(device, toy_plan(options))));
    options.steps = 50;
    CHECK_THROWS_WITH(learn(device, toy_plan(options), apd::resume(path)),
                      Contains("it has 60 steps to do, more than 50"));
}
TEST_CASE("a target under training is saved, stopped and goes on") {
    constexpr apd::train_options options{.steps = 50, .batch = 64, .learning_rate = 1e-2, .log_every = 6};
    const auto train = [&](const apd::train_options& how, auto&&... observers) {
        apd_test::recording_backend device;
        return bytes_of(apd::train<toy>(device, toy_data, how, apd::input_as_label{}, observers...));
    };
    check_resumed([&](auto&&... observers) { return train(options, observers...); });

    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    std::atomic<bool> stop = false;
    auto stopped = options;
    stopped.stop = &stop;
    std::vector<double> losses;
    CHECK(train(stopped, apd::checkpoint(path), [&](const apd::progress& p) {
              losses.push_back(p.total);
              stop = p.step == 12;
          }) != train(options));
    CHECK(losses.size() == 4);  // after steps 1, 6, 12, and 13 that it stops at
    CHECK(losses.back() < losses.front());
    CHECK(apd::load(path).metadata().at("steps") == "13");
    CHECK(train(options, apd::resume(path)) == train(options));

    auto other = options;
    other.weight_decay = 0.1;
    CHECK_THROWS_WITH(train(other, apd::resume(path)), Contains("its optimiser is 'adam(0.9, 0.999, 1e-08, 0.01)'"));
    other = options, other.seed = 3;
    CHECK_THROWS_WITH(train(other, apd::resume(path)), Contains("its seed is '0', not '3'"));
    CHECK_THROWS_WITH(train({.steps = 50, .learning_rate = 1e30}, power_cut{100}), Contains("NaN or infinite"));
    apd::cpu device({.threads = 1});
    CHECK_THROWS_WITH(apd::decompose<5>(device, toy_plan(), apd::resume(path)), Contains("is of another run"));
}
TEST_CASE("a damaged checkpoint is known, and the one before is taken") {
    apd::cpu device({.threads = 1});
    const auto unbroken = bytes_of(learn(device, toy_plan()));
    const auto damage = GENERATE(0, 1, 2, 3, 4);
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    CHECK_THROWS_AS(learn(device, toy_plan(), apd::checkpoint(path, 0), power_cut{4}), apd::error);
    const auto size = std::filesystem::file_size(path);
    if (damage == 0) std::filesystem::resize_file(path, size / 2);
    if (damage == 1) std::filesystem::resize_file(path, 0);
    if (damage == 2) change_byte(path, 9);
    if (damage == 3) change_byte(path, static_cast<std::streamoff>(size) - 30);  // in the header
    if (damage == 4) change_byte(path, static_cast<std::streamoff>(size / 2));
    std::string resumed;
    const auto told = told_by([&] {
        CHECK_THROWS_AS(learn(device, toy_plan(), apd::resume(path), apd::checkpoint(path, 0), power_cut{1}),
                        apd::error);
    });
    CHECK_THAT(told, Contains("run.safetensors") && Contains("the run goes on from the one before"));
    CHECK(bytes_of(learn(device, toy_plan(), apd::resume(path))) == unbroken);

    change_byte(path, 9);
    change_byte(folder.path / "run.previous.safetensors", 9);
    CHECK_THROWS_WITH(learn(device, toy_plan(), apd::resume(path)),
                      Contains("there is no good checkpoint") && Contains("is damaged"));
}
TEST_CASE("without a checkpoint nothing is resumed") {
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    apd::cpu device({.threads = 1});
    CHECK_THROWS_WITH(learn(device, toy_plan(), apd::resume(path)),
                      Contains("there is no checkpoint") && Contains("run.safetensors"));
    const auto result = learn(device, toy_plan(), apd::resume());
    CHECK(result.completed_steps == 60);
    apd::save(result, path);
    CHECK_THROWS_WITH(learn(device, toy_plan(), apd::resume(path)), Contains("is no checkpoint"));
    CHECK_THROWS_WITH(apd::resume(""),
                      "resume: '' is not the name of a file; give the one that checkpoint saved under");
}
TEST_CASE("what is of another run is refused with what differs") {
    const scratch_folder folder;
    const auto path = folder.path / "run.safetensors";
    apd::cpu device({.threads = 1});
    learn(device, toy_plan(), apd::checkpoint(path));
    const auto refuses = [&](const auto& plan, const std::string& difference) {
        CHECK_THROWS_WITH((learn(device, plan, apd::resume(path))),
                          Contains(path.string() + ": is of another run: ") && Contains(difference));
    };
    const auto with = [&](auto change) {
        auto plan = toy_plan();
        change(plan);
        return plan;
    };
    refuses(with([](auto& plan) { plan.options.batch = 31; }), "its batch is '32', not '31'");
    refuses(with([](auto& plan) { plan.options.seed = 4; }), "its seed is '0', not '4'");
    refuses(with([](auto& plan) { plan.options.learning_rate = 1; }), "its learning rate is '0.01', not '1'");
    refuses(with([](auto& plan) { plan.options.columns = apd::column_norm::unit; }),
            "its columns is 'free', not 'unit'");
    refuses(with([](auto& plan) { plan.target.template get<"b">()[0] += 1e-3F; }), "its target has another 'b'");
    refuses(with([](auto& plan) { plan.data.seed = 8; }), "its data");
    refuses(apd::plan{toy_target, toy_data, toy_objective(2), quick}, "its objective is '");
    refuses(toy_plan().with(apd::lion{}), "its optimiser is 'adam(0.9, 0.999, 1e-08, 0)', not 'lion(0.9, 0.99, 0)'");
    CHECK_THROWS_WITH((apd::decompose<4, 3>(device, toy_plan(), apd::resume(path))), Contains("U.W"));
    const auto with_text = [&](const std::string& key, const std::string& text) {
        auto state = apd::load(path);
        state.metadata()[key] = text;
        apd::ext::detail::seal(state);
        apd::save(state, path);
    };
    with_text("steps", "61");
    refuses(toy_plan(), "it has done more steps than it had to do");
    with_text("steps", "9");
    CHECK_THROWS_WITH(learn(device, toy_plan(), apd::resume(path)), Contains("its history is not that of the steps"));
    with_text("apd", "0.0.1");
    with_text("steps", "59");
    refuses(toy_plan(), "its version of apd is '0.0.1', not '");

    const auto in_double = [](const auto& part) {
        apd::parameters<toy, double> target(toy_target.to_tensors());
        return apd::plan{target, toy_data, part, quick};
    };
    learn(device, toy_plan(), apd::checkpoint(path));
    refuses(in_double(toy_objective()), "its numbers have another precision");
}
