#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/toy.hpp>

using apd_test::toy, apd_test::toy_decomposition;
using Catch::Matchers::Contains;

namespace {
const apd::decompose_options quick{.steps = 60, .batch = 64, .learning_rate = 1e-2, .log_every = 20};
}

TEST_CASE("a decomposition becomes faithful and says how it went") {
    const auto result = toy_decomposition({.steps = 600, .batch = 64, .learning_rate = 1e-2, .log_every = 200});
    REQUIRE(result.terms == std::vector<std::string>{"faithfulness", "minimality", "simplicity"});
    CHECK(result.coefficients == std::vector<double>{1, 1, 0.1});
    CHECK(result.completed_steps == 600);
    CHECK(result.seconds > 0);
    CHECK(result.objective == apd_test::toy_objective().describe());
    REQUIRE(result.history.size() == 4);  // steps 0, 200, 400 and the last
    CHECK(result.history[1].step == 200);
    CHECK(result.history.back().step == 599);
    const auto& first = result.history.front();
    CHECK(first.total == Approx(first.values[0] + first.values[1] + 0.1 * first.values[2]));
    CHECK(result.history.back().values[0] < 0.05 * first.values[0]);
}
TEST_CASE("the same seed gives the same components, bit for bit, for any number of threads") {
    const auto once = toy_decomposition(quick), again = toy_decomposition(quick),
               threaded = toy_decomposition(quick, 1, 3);
    CHECK(once.learned.left == again.learned.left);
    CHECK(once.learned.right == again.learned.right);
    CHECK(once.learned.left == threaded.learned.left);
    CHECK(once.learned.right == threaded.learned.right);
    auto other = quick;
    other.seed = 1;
    CHECK_FALSE(once.learned.left == toy_decomposition(other).learned.left);
}
TEST_CASE("observers see every record, and the result so far if they ask for it") {
    std::vector<std::size_t> steps;
    std::vector<double> totals;
    std::vector<std::size_t> completed;
    const auto result = toy_decomposition(
        quick, 1, 1,
        [&](const apd::progress& p) {
            steps.push_back(p.step);
            totals.push_back(p.total);
            CHECK(p.steps == 60);
            CHECK(p.names[1] == "minimality");
            CHECK(p.values.size() == 3);
        },
        [&](const apd::progress&, const auto& snapshot) { completed.push_back(snapshot().completed_steps); });
    CHECK(steps == std::vector<std::size_t>{1, 21, 41, 60});
    CHECK(completed == std::vector<std::size_t>{0, 20, 40, 59});
    CHECK(totals.back() == result.history.back().total);
}
TEST_CASE("a run that is told to stop keeps what it has") {
    std::atomic<bool> stop = false;
    auto options = quick;
    options.stop = &stop;
    const auto result = toy_decomposition(options, 1, 1, [&](const apd::progress& p) { stop = p.step > 20; });
    CHECK(result.completed_steps == 21);
    CHECK(result.history.back().step == 21);
    auto shorter = quick;
    shorter.steps = 21;
    CHECK(result.learned.left == toy_decomposition(shorter).learned.left);
}
TEST_CASE("a loss that becomes NaN stops the run and is named") {
    auto options = quick;
    options.learning_rate = 1e30;
    CHECK_THROWS_WITH(toy_decomposition(options), Contains("decompose: the term 'faithfulness' became") &&
                                                      Contains("by step 20; lower the learning rate"));
}
TEST_CASE("a run that fails before it has learned anything is told to look elsewhere") {
    apd::cpu device({.threads = 1});
    auto data = apd_test::toy_data;
    data.high = 1e25;
    CHECK_THROWS_WITH((apd::decompose<5, 3>(device, apd_test::toy_target, data, apd_test::toy_objective(), quick)),
                      Contains("by step 0; check the scale of data and target, as nothing was learned yet"));
}
TEST_CASE("a coefficient that is no number is refused before the first step") {
    apd::cpu device({.threads = 1});
    const auto objective =
        apd::faithfulness() + std::nan("") * apd::minimality(apd::batch_top_k(apd::gradient_attribution(), 1));
    CHECK_THROWS_WITH((apd::decompose<5, 3>(device, apd_test::toy_target, apd_test::toy_data, objective, quick)),
                      "decompose: the coefficient of 'minimality' is NaN or infinite; give a finite number");
}
TEST_CASE("wrong options are refused before the first step") {
    auto options = quick;
    options.batch = 0;
    CHECK_THROWS_WITH(toy_decomposition(options), "decompose: a batch of 0 samples; choose a batch of at least 1");
    options = quick;
    options.learning_rate = std::nan("");
    CHECK_THROWS_WITH(toy_decomposition(options), Contains("the learning rate is not positive"));
    options.learning_rate = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(toy_decomposition(options), Contains("the learning rate is not positive, or infinite"));
    options = quick;
    options.batch = std::size_t{1} << 32U;
    CHECK_THROWS_WITH(toy_decomposition(options), Contains("a batch of 4294967296 samples; choose one below 2^32"));
    options = quick;
    options.warm_up = 1.5;
    CHECK_THROWS_WITH(toy_decomposition(options),
                      "decompose: the warm-up is no share of the steps; choose one from 0 to 1");
    options = quick;
    options.half_life = 0;
    CHECK_THROWS_WITH(toy_decomposition(options), Contains("the half-life is not positive"));
    options.half_life = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(toy_decomposition(options), Contains("the half-life is not positive, or infinite"));
    options = quick;
    options.final_share = 2;
    CHECK_THROWS_WITH(toy_decomposition(options), Contains("the final share of the learning rate is no share"));
    options = quick;
    options.limits.factors = 0;
    CHECK_THROWS_WITH(toy_decomposition(options), Contains("a limit of gradients is not positive"));
    options = quick;
    options.faithful.learning_rate = 0;
    CHECK_THROWS_WITH(toy_decomposition(options), Contains("the learning rate of the faithful start is not positive"));
    options = quick;
    options.faithful.weight_decay = -1;
    CHECK_THROWS_WITH(toy_decomposition(options), Contains("the weight decay of the faithful start is negative"));
    options = quick;
    CHECK_THROWS_WITH(toy_decomposition(quick, 5.5), Contains("k is 5.5, but 5 components are ranked"));
}
TEST_CASE("a run that fails before anything was learned is not told to learn more slowly") {
    apd::cpu device({.threads = 1});
    const apd::sparse_features<5> data{.probability = 0.5, .low = 0, .high = 1e20};
    CHECK_THROWS_WITH(
        (apd::decompose<5>(device, apd_test::toy_target, data, apd_test::toy_objective(), {.steps = 3, .batch = 64})),
        Contains("by step 0; check the scale of data and target, as nothing was learned yet"));
}
TEST_CASE("a target with NaN is refused") {
    apd::cpu device({.threads = 1});
    auto target = apd_test::toy_target;
    target.get<"b">()[3] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH((apd::decompose<5, 3>(device, target, apd_test::toy_data, apd_test::toy_objective(), quick)),
                      Contains("decompose: tensor 'b' holds NaN or infinity"));
}
TEST_CASE("no steps give the initial components") {
    auto options = quick;
    options.steps = 0;
    const auto result = toy_decomposition(options);
    CHECK(result.history.empty());
    CHECK(result.learned.left == apd::factors<apd_test::toy, apd::shared_components<5, 3>, float>::random(0, 1).left);
}
