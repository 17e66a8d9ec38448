// Frequency minimality: beside the importance minimality that has it inside, and averaged over steps.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

namespace {

using small_problem = apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>;
const auto own_networks = apd::shared_importances<3>();

// Values, then all gradients, of a sum on the batch of a small problem.
std::vector<double> differentiated(const auto& sum) {
    small_problem small(20);
    apd::ext::objective_step run(small.problem, sum);
    run.evaluate();
    run.pullback();
    std::vector<double> all;
    double total = 0;
    std::size_t i = 0;
    std::apply([&](const auto&... each) { ((total += each.weight * run.values()[i++]), ...); }, sum.terms);
    all.push_back(total);
    for (const auto& part : small.problem.parts)
        for (const double g : apd_test::on_host(small.device, part.gradient)) all.push_back(g);
    return all;
}

}  // namespace

TEST_CASE("a term of its own for frequencies, in rows of a batch, is what β stands before") {
    const double p = 0.8, beta = 0.4;
    const auto inside = differentiated(1 * apd::importance_minimality(own_networks, p, beta));
    const auto beside = differentiated(1 * apd::importance_minimality(own_networks, p) +
                                       beta * apd::frequency_minimality(own_networks, p, 20));
    CHECK_THAT(beside, Catch::Matchers::Approx(inside).epsilon(1e-12));
}
TEST_CASE("frequency minimality has the gradient of its value") {
    const auto own = apd::private_importances<3>();
    apd_test::gradients_of_shape_are_right<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>(
        1 * apd::frequency_minimality(own, apd::smooth_l0({0.4, 0.01, 0, 100}), 1000) +
            1 * apd::frequency_minimality(own, apd::annealed{0.8, 0.4, 0, 100}, 7),
        [](auto& problem) { apd_test::lay_between_0_and_1(problem); });
}
TEST_CASE("frequencies are averaged over steps, and only this step's follow a gradient") {
    small_problem small(20);
    const double steps = 3, rows = 50;
    const auto sum = 1 * apd::frequency_minimality(own_networks, 1, rows).averaged_over(steps) +
                     1 * apd::importance_minimality(own_networks, 1);
    apd::ext::objective_step run(small.problem, sum);
    std::vector<double> mean(5, 0);
    for (std::uint32_t step = 0; step < 6; ++step) {
        INFO("step " << step);
        small.device.upload(std::span<const std::uint32_t>(&step, 1), *small.problem.step);
        const auto x = apd_test::random_numbers(20 * 4, 90 + step);
        small.device.upload(std::span<const double>(x), *small.problem.x);
        run.evaluate();
        const auto upper = apd_test::on_host(small.device, run(own_networks).upper());
        double expected = 0;
        std::vector<double> slope(5);
        for (std::size_t c = 0; c < 5; ++c) {
            double f = 0;
            for (std::size_t b = 0; b < 20; ++b) f += (upper[b * 5 + c] + 1e-12) / 20;
            mean[c] += (f - mean[c]) / std::min(step + 1.0, steps);
            expected += mean[c] * std::log2(1 + rows * mean[c]);
            slope[c] = std::log2(1 + rows * mean[c]) + mean[c] * rows / (1 + rows * mean[c]) / std::log(2);
        }
        CHECK(run.values()[0] == Approx(expected).epsilon(1e-12));
        CHECK(run.values()[0] == Approx(expected).epsilon(1e-12));  // measured again, it is the same
        run(std::get<0>(sum.terms).term).pullback(run, 1.0);
        const auto gradient =
            apd_test::on_host(small.device, run(own_networks).upper_gradient().complete(small.device));
        for (std::size_t b = 0; b < 20; ++b)
            for (std::size_t c = 0; c < 5; ++c) CHECK(gradient[b * 5 + c] == Approx(slope[c] / 20).epsilon(1e-12));
        run.update_nodes();
    }
}
TEST_CASE("no rows to count in, and no steps to average over, are refused") {
    small_problem small(5);
    const auto made = [&](const auto& term) { apd::ext::objective_step(small.problem, 1 * term); };
    CHECK_THROWS_WITH(made(apd::frequency_minimality(own_networks, 1, 0)), Catch::Contains("it counts in 0 rows"));
    CHECK_THROWS_WITH(made(apd::frequency_minimality(own_networks, 1, 10).averaged_over(0)),
                      Catch::Contains("averaged over 0 steps"));
}
