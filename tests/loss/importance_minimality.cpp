#include <cmath>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

namespace {

using small_problem = apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>;
const auto ci = apd::shared_importances<3>();

}  // namespace

TEST_CASE("importance minimality is a mean over rows, and more where a subcomponent matters on many") {
    small_problem small(20);
    const double p = 0.8, beta = 0.4;
    apd::objective_step run(small.problem, 1 * apd::importance_minimality(ci, p, beta));
    run.evaluate();
    const auto upper = apd_test::on_host(small.device, run(ci).upper());
    double expected = 0;
    for (std::size_t c = 0; c < 5; ++c) {
        double e = 0;
        for (std::size_t b = 0; b < 20; ++b) e += std::pow(upper[b * 5 + c] + 1e-12, p);
        expected += e / 20 * (1 + beta * std::log2(1 + e));
    }
    CHECK(run.values()[0] == Approx(expected).epsilon(1e-12));
}
TEST_CASE("a number is annealed along a straight line") {
    const apd::annealed p{.first = 2, .last = 0.5, .from = 10, .until = 20};
    CHECK(p.at(0) == 2);
    CHECK(p.at(10) == 2);
    CHECK(p.at(15) == Approx(1.25));
    CHECK(p.at(20) == 0.5);
    CHECK(p.at(1000) == 0.5);
}
TEST_CASE("a power that rises, or ends at zero, is refused") {
    small_problem small(5);
    const auto made = [&](apd::annealed p) {
        apd::objective_step(small.problem, 1 * apd::importance_minimality(ci, p));
    };
    CHECK_THROWS_WITH(made({1, 2, 0, 10}), Catch::Contains("its power rises from 1 to 2"));
    CHECK_THROWS_WITH(made({1, 0, 0, 10}), Catch::Contains("its power ends at 0"));
}
