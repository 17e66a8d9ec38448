#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>
#include <support/torch_mlp.hpp>
#include <support/toy.hpp>

#include <apd/apd.hpp>

using apd_test::toy;

TEST_CASE("the robust recipe comes out on every seed, with components to spare") {
    apd_test::tested_backend device;
    using plan_type = decltype(apd::robust_plan<8>(device, apd_test::toy_target, apd_test::toy_data));
    std::vector<plan_type> plans;
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        const apd::sparse_features<5> data{.probability = 0.05, .low = 0, .high = 1, .seed = seed};
        const auto target = apd::train<toy>(device, data, {.steps = 3'000, .batch = 512, .seed = seed});
        // [example robust_plan]
        const auto plan = apd::robust_plan<8>(device, target, data, {.steps = 600, .batch = 256, .seed = seed});
        // [/example]
        plans.push_back(plan);
    }
    const auto results = apd::decompose(device, plans);
    REQUIRE(results.size() == 3);
    for (const auto& result : results) {
        const auto [mmcs, ml2r] = apd::column_match<"W">(result.target, result);
        CHECK(mmcs > 0.998);
        CHECK(ml2r == Approx(1).margin(0.03));
        const auto p = result.template component<"W">();
        std::size_t empty = 0;
        for (std::size_t c = 0; c < 8; ++c) {
            float square = 0;
            for (std::size_t i = 0; i < 10; ++i) square += p(c, i / 2, i % 2) * p(c, i / 2, i % 2);
            empty += square == 0;
        }
        CHECK(empty == 3);
    }
    // A plan alone learns the same.
    const auto alone = apd::decompose(device, plans.front());
    CHECK(alone.learned.left == results.front().learned.left);
}
TEST_CASE("a network with biases gets a component for each feature, and one for what is always there") {
    apd::cpu device({.threads = 1});
    const auto target = apd_test::torch_mlp(0);
    const auto plan = apd::robust_plan<16>(device, target, apd_test::mlp_data, {.samples = 4'096, .steps = 1'000});
    const auto result = apd::decompose(device, plan);
    CHECK(result.gains.chosen.size() == 13);
    CHECK(result.history.back().values[0] < 1e-3 * result.without_components[0]);
    std::set<std::size_t> own;
    for (std::size_t f = 0; f < 12; ++f) {
        const auto parts = apd_test::parts_of_feature(target, result.learned, f);
        const auto largest = std::ranges::max_element(parts);
        CHECK(*largest > 0.5);
        own.insert(static_cast<std::size_t>(largest - parts.begin()));
    }
    CHECK(own.size() == 12);
}
TEST_CASE("the losses of no components are those of many samples, also where batches hold hardly any") {
    apd::cpu device({.threads = 1});
    const auto weight = [&](std::size_t batch, std::uint64_t seed) {
        const apd::sparse_features<5> data{.probability = 0.01, .seed = seed};
        const auto plan = apd::robust_plan<5>(device, apd_test::toy_target, data, {.batch = batch, .seed = seed});
        return std::get<1>(plan.objective.terms).weight;
    };
    // Of 8 192 samples in 20 something is there; of one batch of 8 often nothing.
    for (std::uint64_t seed = 0; seed < 5; ++seed) CHECK(weight(8, seed) == Approx(weight(512, seed)).epsilon(0.5));
}
TEST_CASE("what can't be measured in units of the network's own is an error") {
    using Catch::Matchers::Contains;
    apd_test::tested_backend device;
    const auto plan_of = [&](double high, const apd::robust_recipe& recipe = {}) {
        const apd::sparse_features<5> data{.probability = 0.05, .low = 0, .high = high};
        return apd::robust_plan<5>(device, apd_test::toy_target, data, recipe);
    };
    CHECK_THROWS_WITH(plan_of(1e18, {.samples = 512}), Contains("minimality without components is"));
    CHECK_THROWS_WITH(plan_of(1, {.first_share = 1, .samples = 512}), Contains("the share falls from 1 to 0.1"));
    CHECK_THROWS_WITH(plan_of(1, {.batch = 0}), Contains("a batch of 0 samples"));
    auto target = apd_test::toy_target;
    target.get<"b">()[0] = std::numeric_limits<float>::infinity();
    CHECK_THROWS_WITH(apd::robust_plan<5>(device, target, apd_test::toy_data),
                      Contains("tensor 'b' holds NaN or infinity"));
}
