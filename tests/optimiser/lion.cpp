#include <vector>

#include <catch2/catch.hpp>
#include <laws/optimisers.hpp>
#include <support/tested_backend.hpp>

#include <apd/optimiser/lion.hpp>

TEST_CASE("steps of Lion are those of the formula") {
    using numbers = std::vector<double>;
    // m = 0.5·4, 0.5·2 + 0.5·(−10): the second step follows 0.75·2 + 0.25·(−10) < 0.
    apd_test::optimised<double, apd_test::tested_backend, apd::lion> found(
        {.beta1 = 0.75, .beta2 = 0.5, .weight_decay = 0.5}, {{1, 1, 0}});
    CHECK_THAT(found.step(0.1, {{4, -4, 0}})[0], Catch::Matchers::Approx(numbers{0.85, 1.05, 0}));
    CHECK_THAT(found.step(0.1, {{-10, 1, 0}})[0], Catch::Matchers::Approx(numbers{0.9075, 1.0975, 0}));
    CHECK_THAT(found.moments()[0], Catch::Matchers::Approx(numbers{-4, -0.5, 0}));
    CHECK(apd::lion{}.describe() == "lion(0.9, 0.99, 0)");
}
