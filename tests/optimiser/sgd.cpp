#include <vector>

#include <catch2/catch.hpp>
#include <laws/optimisers.hpp>
#include <support/tested_backend.hpp>

#include <apd/optimiser/sgd.hpp>

TEST_CASE("steps of gradient descent are those of the formula") {
    using numbers = std::vector<double>;
    apd_test::optimised<double, apd_test::tested_backend, apd::sgd> plain({}, {{1, 2}});
    CHECK_THAT(plain.step(0.1, {{10, -5}})[0], Catch::Matchers::Approx(numbers{0, 2.5}));
    CHECK_THAT(plain.step(0.2, {{1, 1}})[0], Catch::Matchers::Approx(numbers{-0.2, 2.3}));

    // m = 10, then 0.5·10 + 2 = 7; x = 0.95·1 − 0.1·10, then 0.95·(−0.05) − 0.1·7
    apd_test::optimised<double, apd_test::tested_backend, apd::sgd> heavy({.momentum = 0.5, .weight_decay = 0.5},
                                                                          {{1}});
    CHECK_THAT(heavy.step(0.1, {{10}})[0], Catch::Matchers::Approx(numbers{-0.05}));
    CHECK_THAT(heavy.step(0.1, {{2}})[0], Catch::Matchers::Approx(numbers{-0.7475}));
    CHECK(apd::sgd{.momentum = 0.5}.describe() == "sgd(0.5, 0)");
}
