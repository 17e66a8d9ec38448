#include <cmath>

#include <catch2/catch.hpp>

#include <apd/optimiser/schedule.hpp>

using apd::decay, apd::schedule;

TEST_CASE("the learning rate is constant unless said otherwise") {
    const schedule rates{.learning_rate = 0.25};
    for (const std::size_t step : {0U, 1U, 500U, 999U}) CHECK(rates.at(step, 1000) == 0.25);
}
TEST_CASE("linear decay falls by as much in every step, and ends one step above 0") {
    const schedule rates{.learning_rate = 2, .shape = decay::linear};
    CHECK(rates.at(0, 4) == 2);
    CHECK(rates.at(1, 4) == 1.5);
    CHECK(rates.at(2, 4) == 1);
    CHECK(rates.at(3, 4) == 0.5);
}
TEST_CASE("cosine decay is a quarter wave that ends at 0 in the last step") {
    const schedule rates{.learning_rate = 2, .shape = decay::cosine};
    CHECK(rates.at(0, 4) == 2);
    CHECK(rates.at(1, 4) == Approx(std::sqrt(3.0)));  // 2 cos 30°
    CHECK(rates.at(2, 4) == Approx(1));               // 2 cos 60°
    CHECK(rates.at(3, 4) == Approx(0).margin(1e-15));
}
TEST_CASE("straight decay and half a cosine end at a share of the rate in the last step") {
    schedule rates{.learning_rate = 2, .shape = decay::straight, .final_share = 0.25};
    CHECK(rates.at(0, 5) == 2);
    CHECK(rates.at(2, 5) == Approx(1.25));
    CHECK(rates.at(4, 5) == Approx(0.5));
    CHECK(rates.at(0, 1) == 2);
    rates.shape = decay::half_cosine;
    CHECK(rates.at(0, 5) == 2);
    CHECK(rates.at(1, 5) == Approx(0.5 + 1.5 * (1 + std::sqrt(0.5)) / 2));
    CHECK(rates.at(2, 5) == Approx(1.25));
    CHECK(rates.at(4, 5) == Approx(0.5));
    CHECK(rates.at(0, 1) == 2);
}
TEST_CASE("exponential decay halves with every half-life") {
    const schedule rates{.learning_rate = 8, .shape = decay::exponential, .half_life = 10};
    CHECK(rates.at(0, 100) == 8);
    CHECK(rates.at(5, 100) == Approx(8 / std::sqrt(2.0)));
    CHECK(rates.at(10, 100) == Approx(4));
    CHECK(rates.at(40, 100) == Approx(0.5));
    CHECK(rates.at(40, 1000) == rates.at(40, 100));
}
TEST_CASE("the warm-up rises from 0 to the rate, and decays count from its end") {
    // A quarter of 10 steps: 2 whole ones, then 8.
    schedule rates{.learning_rate = 4, .shape = decay::constant, .warm_up = 0.25, .half_life = 2};
    for (const decay shape : {decay::constant, decay::linear, decay::cosine, decay::exponential}) {
        rates.shape = shape;
        CHECK(rates.at(0, 10) == 0);
        CHECK(rates.at(1, 10) == 2);
        CHECK(rates.at(2, 10) == 4);
    }
    CHECK(rates.at(4, 10) == Approx(2));  // exponential, two steps after the warm-up
    rates.shape = decay::linear;
    CHECK(rates.at(4, 10) == 3);  // 1 − 2/8
    CHECK(rates.at(9, 10) == 0.5);
    rates.shape = decay::cosine;
    CHECK(rates.at(9, 10) == Approx(0).margin(1e-14));
    CHECK(rates.at(4, 10) == Approx(4 * std::cos(std::acos(-1.0) / 7)));  // ½π · 2/7
}
TEST_CASE("a warm-up may take all steps, and less than a whole step is none") {
    const schedule all{.learning_rate = 1, .shape = decay::linear, .warm_up = 1};
    CHECK(all.at(0, 4) == 0);
    CHECK(all.at(3, 4) == 0.75);
    const schedule none{.learning_rate = 1, .shape = decay::linear, .warm_up = 0.24};
    CHECK(none.at(0, 4) == 1);
}
TEST_CASE("a run of one step has the full learning rate") {
    for (const decay shape : {decay::constant, decay::linear, decay::cosine, decay::exponential})
        CHECK(schedule{.learning_rate = 3, .shape = shape}.at(0, 1) == 3);
}
