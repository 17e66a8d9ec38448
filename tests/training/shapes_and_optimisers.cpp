// Whole runs with shapes, optimisers and parts beside those of the method as published.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <own_parts.hpp>
#include <support/toy.hpp>

#include <apd/report/verdict.hpp>

namespace {

using hidden = apd::network<apd::linear<"A", 5, 3>, apd::relu, apd::linear<"B", 3, 5>>;
const auto hidden_target = apd_test::random_parameters<hidden, float>(4);
const apd::decompose_options quick{.steps = 60, .batch = 64, .learning_rate = 1e-2, .log_every = 20};

apd::plan<apd_test::toy, float, apd::sparse_features<5>, decltype(apd_test::toy_objective())> toy_plan() {
    return {apd_test::toy_target, apd_test::toy_data, apd_test::toy_objective(), quick};
}

}  // namespace

TEST_CASE("subcomponents of each site are learned, saved and read") {
    apd::cpu device({.threads = 1});
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 3);
    const auto objective = 10 * apd::faithfulness() + apd::minimality(active);
    auto options = quick;
    options.steps = 400;
    const auto result =
        apd::decompose<apd::subcomponents<6, 4>>(device, hidden_target, apd_test::toy_data, objective, options);
    STATIC_REQUIRE(decltype(result)::components == 10);
    CHECK(result.component<"A">().shape(0) == 6);
    CHECK(result.component<"B">().shape(0) == 4);
    CHECK(result.history.back().values[0] < 0.02 * result.without_components[0]);

    const auto again = apd::decomposition<hidden, apd::subcomponents<6, 4>>::from(result.to_tensors());
    CHECK(again.learned.left == result.learned.left);
    CHECK(again.learned.right == result.learned.right);
    apd::evaluator answers(device, again, 32);
    const auto x = answers.inputs(apd_test::toy_data, 32);
    CHECK(answers.active(x, active).shape(1) == 10);
    CHECK(apd::verdict(result).find("of 10 components in use") != std::string::npos);
}
TEST_CASE("a plan may have another optimiser, and its result says which") {
    apd::cpu device({.threads = 1});
    const auto by_adam = apd::decompose<5, 3>(device, toy_plan());
    CHECK(by_adam.optimiser == "adam(0.9, 0.999, 1e-08, 0)");
    CHECK(by_adam.learned.left == apd_test::toy_decomposition(quick).learned.left);
    CHECK(apd::decompose<5, 3>(device, toy_plan().with(apd::adam{})).learned.left == by_adam.learned.left);

    const auto by_sgd = apd::decompose<5, 3>(device, toy_plan().with(apd::sgd{.momentum = 0.9}));
    CHECK(by_sgd.optimiser == "sgd(0.9, 0)");
    CHECK(by_sgd.learned.left != by_adam.learned.left);
    CHECK(by_sgd.history.back().total < by_sgd.history.front().total);
    const auto by_lion = apd::decompose<5, 3>(device, toy_plan().with(apd::lion{}));
    CHECK(by_lion.history.back().total < by_lion.history.front().total);
    CHECK(apd::decompose<5, 3>(device, toy_plan().with(own::adagrad{})).optimiser == "adagrad(1e-08)");

    const auto saved = apd::decomposition<apd_test::toy, apd::shared_components<5, 3>>::from(by_sgd.to_tensors());
    CHECK(saved.optimiser == by_sgd.optimiser);
    CHECK(apd::summary(by_sgd).find("\"optimiser\": \"sgd(0.9, 0)\"") != std::string::npos);
}
TEST_CASE("plans with another optimiser go together too") {
    apd::cpu device({.threads = 2});
    const std::vector plans(3, toy_plan().with(apd::sgd{}));
    const auto results = apd::decompose<5, 3>(device, plans);
    REQUIRE(results.size() == 3);
    CHECK(results[2].learned.left == apd::decompose<5, 3>(device, plans[0]).learned.left);
}
TEST_CASE("what a node learns is drawn from the seed, stepped, saved, and there again for questions") {
    apd::cpu device({.threads = 1});
    const auto objective = apd::faithfulness() + apd::minimality(own::learned_mask{});
    const auto learn = [&](std::uint64_t seed, std::size_t steps) {
        auto options = quick;
        options.seed = seed, options.steps = steps;
        return apd::decompose<5, 3>(device, apd_test::toy_target, apd_test::toy_data, objective, options);
    };
    const auto first = learn(1, 1), result = learn(1, 60), other = learn(2, 60);
    REQUIRE(result.other_parts.size() == 1);
    CHECK(result.other_parts[0].name == "learned_mask.s");
    CHECK(result.other_parts[0].shape == std::vector<std::size_t>{5});
    CHECK(result.other_parts[0].values != first.other_parts[0].values);
    CHECK(result.other_parts[0].values != other.other_parts[0].values);
    CHECK(learn(1, 60).other_parts[0].values == result.other_parts[0].values);

    const auto file = result.factors_to_tensors();
    CHECK(file.shape("part.learned_mask.s") == std::vector<std::size_t>{5});
    const auto again = apd::decomposition<apd_test::toy, apd::shared_components<5, 3>>::from(file);
    REQUIRE(again.other_parts.size() == 1);
    CHECK(again.other_parts[0].values == result.other_parts[0].values);
    apd::evaluator answers(device, again, 8);
    const auto m = answers.active(answers.inputs(apd_test::toy_data, 8), own::learned_mask{});
    for (std::size_t c = 0; c < 5; ++c)
        CHECK(m(7, c) == Approx(1 / (1 + std::exp(-result.other_parts[0].values[c]))).epsilon(1e-5));
}
