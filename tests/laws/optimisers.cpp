#include <catch2/catch.hpp>
#include <laws/optimisers.hpp>
#include <own_parts.hpp>
#include <support/tested_backend.hpp>

using apd_test::tested_backend;

TEST_CASE("optimisers keep the laws") {
    apd_test::optimiser_keeps_the_laws<tested_backend>(apd::adam{});
    apd_test::optimiser_keeps_the_laws<tested_backend>(apd::adam{.beta1 = 0.5, .weight_decay = 0.1});
    apd_test::optimiser_keeps_the_laws<tested_backend>(apd::sgd{});
    apd_test::optimiser_keeps_the_laws<tested_backend>(apd::sgd{.momentum = 0.9, .weight_decay = 0.1});
    apd_test::optimiser_keeps_the_laws<tested_backend>(apd::lion{.weight_decay = 0.1});
    apd_test::optimiser_keeps_the_laws<tested_backend>(own::adagrad{});
}
