#include <cmath>
#include <vector>

#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

namespace {

using namespace apd::ext::literals;
using small_problem = apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>;
const auto ci = apd::shared_importances<3>();

/// The losses of some steps on the same batch; what is learned stays as it is.
std::vector<double> values_of(apd::persistent_ascent how, std::size_t steps) {
    small_problem small(20);
    apd::ext::objective_step run(small.problem, 1 * apd::reconstruction(apd::persistent_adversary(ci, how)));
    apd_test::lay_between_0_and_1(small.problem);
    std::vector<double> values;
    for (std::size_t step = 0; step < steps; ++step) {
        run.evaluate();
        run.pullback();
        values.push_back(run.values()[0]);
        run.update_nodes();
        small.device(small.problem.step[""_i] += 1);
    }
    return values;
}

}  // namespace

TEST_CASE("what an adversary climbed to in one step is where it begins in the next") {
    const auto adam = values_of({.rate = 0.02, .before = 0}, 6);
    const auto sign = values_of({.rate = 0.02, .before = 0, .rule = apd::ascent_rule::sign}, 6);
    const auto sigmoid = values_of({.rate = 0.1, .before = 0, .bounds = apd::ascent_bounds::sigmoid}, 6);
    for (const auto* values : {&adam, &sign, &sigmoid})
        for (std::size_t i = 1; i < values->size(); ++i) CHECK((*values)[i] > (*values)[i - 1]);
}
TEST_CASE("ascents before the loss make it larger in the first step") {
    CHECK(values_of({.before = 4}, 1)[0] > values_of({.before = 0}, 1)[0]);
}
TEST_CASE("asking for the value changes nothing") {
    small_problem small(20);
    apd::ext::objective_step run(small.problem, 1 * apd::reconstruction(apd::persistent_adversary(ci)));
    run.evaluate();
    const double before = run.values()[0];
    CHECK(run.values()[0] == before);
    run.pullback();
    CHECK(run.values()[0] == Approx(before).epsilon(1e-12));
}
TEST_CASE("what an adversary remembers is a constant to the gradient") {
    apd_test::gradients_of_importances_are_right(
        ci, apd::reconstruction(apd::persistent_adversary(ci, {.before = 1, .rule = apd::ascent_rule::sign})));
}
TEST_CASE("an adversary whose loss does not count climbs on without it") {
    small_problem small(20);
    apd::ext::objective_step run(small.problem, 0 * apd::reconstruction(apd::persistent_adversary(ci, {.before = 1})));
    for (int step = 0; step < 2; ++step) {
        run.evaluate();
        run.pullback();
        CHECK(std::isfinite(run.values()[0]));
        run.update_nodes();
    }
    for (const auto& kept : small.problem.parts.kept())
        for (const double number : apd_test::on_host(small.device, kept.value)) CHECK(std::isfinite(number));
}
TEST_CASE("an adversary that remembers, and can't climb, is refused") {
    CHECK_THROWS_WITH(values_of({.rate = -1}, 1), Catch::Contains("its rate is -1"));
    CHECK_THROWS_WITH(values_of({.beta1 = 1}, 1), Catch::Contains("a beta of Adam is 1; choose one from 0"));
}
