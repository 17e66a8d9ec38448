#include <cmath>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

TEST_CASE("the L_p mask is a power of the attribution") {
    using small_problem = apd_test::small_problem<apd_test::small_network<apd::relu>, 3, 2, apd_test::tested_backend>;
    small_problem small(5);
    const auto attribution = apd::gradient_attribution();
    const auto mask = apd::lp(attribution, 0.8);
    const auto objective = 1.0 * apd::sparsity(mask);
    apd::ext::objective_step<small_problem::problem_type, std::decay_t<decltype(objective)>> run(small.problem,
                                                                                                 objective);
    run.evaluate();
    const auto a = apd_test::on_host(small.device, run(attribution).value());
    const auto l = apd_test::on_host(small.device, run(mask).value());
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(l[i] == Approx(std::pow(a[i] + 1e-16, 0.4)).epsilon(1e-12));
        sum += l[i];
    }
    CHECK(run.values()[0] == Approx(sum / 5));  // sparsity: the mean over samples
}
TEST_CASE("a power that is not positive is an error") {
    CHECK_THROWS_MATCHES(apd::lp(apd::gradient_attribution(), 0.0), apd::error,
                         Catch::Matchers::Message("lp: p is 0; choose a power above 0, such as 0.9"));
}
