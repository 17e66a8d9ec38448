#include <atomic>
#include <cstddef>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>
#include <support/toy.hpp>

using apd_test::toy;
using Catch::Matchers::Contains;

namespace {

const apd::decompose_options quick{.steps = 60, .batch = 64, .learning_rate = 1e-2, .log_every = 20};

// Three plans that differ in all that may differ.
auto three_plans() {
    std::vector plans{apd::plan{apd_test::toy_target, apd_test::toy_data, apd_test::toy_objective(1), quick}};
    plans.push_back(plans.front());
    plans[1].options.seed = 1, plans[1].options.learning_rate = 3e-3, plans[1].data.seed = 9;
    plans.push_back(plans.front());
    plans[2].objective = apd_test::toy_objective(0.4), plans[2].options.shape = apd::decay::cosine;
    plans[2].target = apd_test::random_parameters<toy, float>(11);
    return plans;
}

}  // namespace

TEMPLATE_TEST_CASE("plans that are learned together come out as each of them alone, bit for bit", "",
                   apd_test::tested_backend, apd_test::recording_backend) {
    TestType device;
    const auto plans = three_plans();
    const auto together = apd::decompose<5, 3>(device, plans);
    REQUIRE(together.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto alone =
            apd::decompose<5, 3>(device, plans[i].target, plans[i].data, plans[i].objective, plans[i].options);
        CHECK(together[i].learned.left == alone.learned.left);
        CHECK(together[i].learned.right == alone.learned.right);
        CHECK(together[i].options.seed == plans[i].options.seed);
        CHECK(together[i].completed_steps == 60);
        REQUIRE(together[i].history.size() == alone.history.size());
        CHECK(together[i].history.back().total == alone.history.back().total);
        CHECK(together[i].history.back().learning_rate == alone.history.back().learning_rate);
    }
    CHECK_FALSE(together[0].learned.left == together[1].learned.left);
    CHECK(apd::decompose<5, 3>(device, std::vector<std::decay_t<decltype(plans[0])>>{}).empty());
}
TEST_CASE("plans whose data the host gives are learned together too") {
    const apd::samples<5> data(
        std::vector<float>{1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1});
    std::vector plans{apd::plan{apd_test::toy_target, data, apd_test::toy_objective(1), quick}};
    plans.push_back(plans.front());
    plans[1].options.seed = 1;
    apd_test::recording_backend device;
    const auto together = apd::decompose<5, 3>(device, plans);
    const auto alone =
        apd::decompose<5, 3>(device, plans[1].target, plans[1].data, plans[1].objective, plans[1].options);
    CHECK(together[1].learned.left == alone.learned.left);
}
TEST_CASE("observers see the records of every plan") {
    apd_test::tested_backend device;
    std::vector<std::size_t> runs, steps, asked;
    apd::decompose<5, 3>(
        device, three_plans(),
        [&](const apd::progress& p) {
            CHECK(p.runs == 3);
            runs.push_back(p.run);
            steps.push_back(p.step);
        },
        [&](const apd::progress& p, const auto& snapshot) {
            if (p.step == 60) asked.push_back(snapshot().options.seed);
        });
    CHECK(runs == std::vector<std::size_t>{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2});
    CHECK(steps == std::vector<std::size_t>{1, 1, 1, 21, 21, 21, 41, 41, 41, 60, 60, 60});
    CHECK(asked == std::vector<std::size_t>{0, 1, 0});
}
TEST_CASE("one plan that fails says so in its result, and the others go on") {
    auto plans = three_plans();
    plans[1].options.learning_rate = 1e30;
    apd_test::tested_backend device;
    const auto results = apd::decompose<5, 3>(device, plans);
    CHECK_THAT(results[1].failure, Contains("the term 'faithfulness' became") && Contains("by step 20"));
    CHECK(results[1].completed_steps == 20);
    CHECK(results[1].history.size() == 1);
    for (const std::size_t other : {0U, 2U}) {
        CHECK(results[other].failure.empty());
        CHECK(results[other].completed_steps == 60);
    }
}
TEST_CASE("a list of one plan reports a failure as a list of two does, and ends when none is left") {
    auto plans = three_plans();
    for (auto& each : plans) each.options.learning_rate = 1e30;
    apd_test::tested_backend device;
    for (const std::ptrdiff_t size : {1, 2}) {
        const std::vector some(plans.begin(), plans.begin() + size);
        std::ptrdiff_t records = 0;
        const auto results = apd::decompose<5, 3>(device, some, [&](const apd::progress&) { ++records; });
        REQUIRE(std::ssize(results) == size);
        for (const auto& each : results) {
            CHECK_THAT(each.failure, Contains("the term 'faithfulness' became") && Contains("by step 20"));
            CHECK(each.completed_steps == 20);
        }
        CHECK(records == 2 * size);  // of steps 0 and 20, not of 40 and 59
    }
    const apd::plan one{plans[0].target, plans[0].data, plans[0].objective, plans[0].options,
                        apd::factors<toy, apd::shared_components<5, 3>, float>::random(0, 1)};
    CHECK_THROWS_WITH(apd::decompose(device, one), Contains("decompose: the term 'faithfulness' became") &&
                                                       Contains("by step 20; lower the learning rate"));
    CHECK(apd::decompose(device, std::vector{one})[0].completed_steps == 20);
}
TEST_CASE("factors that the last update has broken are a failure") {
    auto plans = three_plans();
    plans.erase(plans.begin() + 1, plans.end());
    plans[0].options.steps = 1, plans[0].options.learning_rate = 1e39;
    apd_test::tested_backend device;
    const auto results = apd::decompose<5, 3>(device, plans);
    CHECK(results[0].failure == "a factor became NaN or infinite by step 1");
    CHECK(results[0].history.size() == 1);
}
TEST_CASE("observers are told where every run begins, where it ends, and why it failed") {
    auto plans = three_plans();
    plans[1].options.learning_rate = 1e30;
    apd_test::tested_backend device;
    std::vector<std::vector<std::string>> told(3);
    std::vector<std::size_t> saved(3);
    for (int again = 0; again < 2; ++again)
        apd::decompose<5, 3>(
            device, plans,
            [&](const apd::progress& p) {
                told[p.run].push_back(!p.failure.empty() && p.ends ? "failed"
                                      : p.begins                   ? "begins"
                                      : p.ends                     ? "ends"
                                                                   : "");
            },
            [&](const apd::progress& p, const auto&) { ++saved[p.run]; });
    CHECK(told[0] == std::vector<std::string>{"begins", "", "", "ends", "begins", "", "", "ends"});
    CHECK(told[1] == std::vector<std::string>{"begins", "failed", "begins", "failed"});
    CHECK(told[2] == told[0]);
    CHECK(saved == std::vector<std::size_t>{8, 2, 8});
}
TEST_CASE("plans that are told to stop keep what they have") {
    std::atomic<bool> stop = false;
    auto plans = three_plans();
    for (auto& each : plans) each.options.stop = &stop;
    apd_test::tested_backend device;
    const auto results = apd::decompose<5, 3>(device, plans, [&](const apd::progress& p) { stop = p.step > 20; });
    for (const auto& each : results) {
        CHECK(each.completed_steps > 20);
        CHECK(each.completed_steps < 60);
        CHECK(each.history.back().step == each.completed_steps);
    }
    stop = false;
    bool ends = false;
    apd::decompose<5, 3>(device, plans, [&](const apd::progress& p) { stop = p.step > 20, ends = p.ends; });
    CHECK(ends);
}
TEST_CASE("plans that can't go step by step together are refused") {
    auto plans = three_plans();
    plans[2].options.batch = 32;
    apd_test::tested_backend device;
    CHECK_THROWS_WITH((apd::decompose<5, 3>(device, plans)),
                      "decompose: plans of one list differ in steps, batch, columns or steps between records; make a "
                      "list of each kind");
}
TEST_CASE("a plan goes on from factors that it is given") {
    apd_test::tested_backend device;
    const apd::decompose_options none{.steps = 0, .batch = 64};
    const auto start = apd::factors<toy, apd::shared_components<4, 2>, float>::random(5, 1);
    const apd::plan plan{apd_test::toy_target, apd_test::toy_data, apd_test::toy_objective(1), none, start};
    const auto untouched = apd::decompose(device, plan);
    CHECK(untouched.learned.left == start.left);
    CHECK(untouched.learned.right == start.right);

    auto further = plan;
    further.options = quick;
    const auto learned = apd::decompose(device, further);
    auto from_seed = quick;
    from_seed.seed = 5;
    const auto expected = apd::decompose<4, 2>(device, plan.target, plan.data, plan.objective, from_seed);
    CHECK(learned.learned.left == expected.learned.left);

    further.start.right[0][3] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH(apd::decompose(device, further), Contains("a factor to start from is NaN or infinite"));
}
