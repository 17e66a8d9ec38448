#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>
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
