#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

namespace {

using small_problem = apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>;
const auto ci = apd::shared_importances<3>();

double value_of(const auto& masks) {
    small_problem small(20);
    apd::ext::objective_step run(small.problem, 1 * apd::reconstruction(masks));
    apd_test::lay_between_0_and_1(small.problem);
    run.evaluate();
    return run.values()[0];
}

}  // namespace

TEST_CASE("an adversary makes the loss larger, the longer it climbs") {
    const auto start = apd::constant_source(0.5);
    const double none = value_of(apd::adversary(ci, {.steps = 0}, start));
    const double one = value_of(apd::adversary(ci, {.steps = 1, .rate = 0.05}, start));
    const double ten = value_of(apd::adversary(ci, {.steps = 10, .rate = 0.05}, start));
    const double shared = value_of(apd::shared_adversary(ci, {.steps = 10, .rate = 0.05}, start));
    CHECK(none < one);
    CHECK(one < ten);
    CHECK(none < shared);
}
TEST_CASE("what an adversary climbed to is a constant to the gradient") {
    apd_test::gradients_of_importances_are_right(ci, apd::reconstruction(apd::adversary(ci, {.steps = 2})));
    apd_test::gradients_of_importances_are_right(
        ci, apd::reconstruction(apd::shared_adversary(ci, {.steps = 2}), apd::random_sites));
}
TEST_CASE("an adversary that can't climb is refused") {
    CHECK_THROWS_WITH(value_of(apd::adversary(ci, {.rate = 0})), Catch::Contains("its rate is 0"));
}
