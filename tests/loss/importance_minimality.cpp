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
    apd::ext::objective_step run(small.problem, 1 * apd::importance_minimality(ci, p, beta));
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
TEST_CASE("a power that rises, or ends at zero, is refused") {
    small_problem small(5);
    const auto made = [&](apd::annealed p) {
        apd::ext::objective_step(small.problem, 1 * apd::importance_minimality(ci, p));
    };
    CHECK_THROWS_WITH(made({1, 2, 0, 10}), Catch::Contains("its power rises from 1 to 2"));
    CHECK_THROWS_WITH(made({1, 0, 0, 10}), Catch::Contains("its power ends at 0"));
    CHECK_THROWS_WITH(apd::ext::objective_step(small.problem, 1 * apd::importance_minimality(ci, 1, -0.5)),
                      Catch::Contains("beta is -0.5"));
}
TEST_CASE("one row of zeros stands for all of them, where a device lays them together") {
    using toy = apd::network<apd::linear<"A", 6, 3>, apd::linear<"B", 3, 6>, apd::bias<"b", 6>, apd::relu>;
    const auto own = apd::private_importances<4>();
    const auto sum = 0.3 * apd::importance_minimality(own, 0.7, 0.2) + apd::reconstruction(apd::stochastic(own)) +
                     apd::reconstruction(apd::stochastic(own), apd::random_sites) + apd::faithfulness();
    const auto target = apd_test::random_parameters<toy>(1);
    const apd::sparse_features<6> data{.probability = 0.1, .low = -1, .high = 1, .seed = 3};
    const auto differentiated = [&](auto device) {
        using problem_type = apd::ext::problem<decltype(device), double, toy, apd::subcomponents<5, 4>>;
        problem_type problem(device, target, 60);
        apd::ext::decomposition_run<problem_type, std::remove_const_t<decltype(sum)>> run(problem, sum, {});
        problem.factors.upload_random(device, 5, 1);
        std::vector<double> all;
        run.fill(data, std::uint32_t{0});
        run.differentiate();
        for (const double value : run.objective().values()) all.push_back(value);
        for (const auto& part : problem.parts)
            for (const double g : apd_test::on_host(device, part.gradient)) all.push_back(g);
        return std::pair{all, problem.rows.present};
    };
    const auto [sorted, fewer] = differentiated(apd::cpu({.threads = 1}));
    const auto [plain, whole] = differentiated(apd_test::plain_backend());
    CHECK(whole == 60);
    CHECK(fewer < 40);
    CHECK_THAT(sorted, Catch::Matchers::Approx(plain).epsilon(1e-9).margin(1e-12));
}
