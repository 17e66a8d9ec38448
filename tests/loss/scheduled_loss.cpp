// Losses whose coefficients change along a run: at every step as with the number of that step.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

namespace {

using small_problem = apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>;
const apd::annealed rising{0.5, 2.5, 2, 6};

// Values times coefficients, then all gradients, of a sum at a step.
std::vector<double> at_step(std::uint32_t step, const auto& sum) {
    small_problem small(20);
    apd::ext::objective_step run(small.problem, sum);
    apd_test::lay_between_0_and_1(small.problem);
    small.device.upload(std::span<const std::uint32_t>(&step, 1), *small.problem.step);
    run.evaluate();
    run.pullback();
    std::vector<double> all;
    std::size_t i = 0;
    const auto values = run.values();
    std::apply([&](const auto&... each) { ((all.push_back(each.weight * values[i++])), ...); }, sum.terms);
    for (const auto& part : small.problem.parts)
        for (const double g : apd_test::on_host(small.device, part.gradient)) all.push_back(g);
    return all;
}
void is_the_same_at_every_step(const auto& losses) {
    for (const std::uint32_t step : {0U, 3U, 4U, 9U}) {
        INFO("step " << step);
        CHECK_THAT(at_step(step, rising * losses),
                   Catch::Matchers::Approx(at_step(step, rising.at(step) * losses)).epsilon(1e-12).margin(1e-14));
    }
}

}  // namespace

TEST_CASE("a coefficient that changes is at every step that of a plain one") {
    const auto ci = apd::private_importances<3>();
    is_the_same_at_every_step(apd::importance_minimality(ci, 0.8, 0.3) + apd::frequency_minimality(ci, 1, 20));
    is_the_same_at_every_step(apd::faithfulness() + 2 * apd::reconstruction(apd::stochastic(ci), apd::each_site));
    is_the_same_at_every_step(0.3 * apd::reconstruction(apd::masked_by(ci), apd::kl_divergence) +
                              apd::reconstruction(apd::adversary(ci), apd::random_sites) +
                              apd::reconstruction(apd::stochastic(ci), apd::site_outputs));
    is_the_same_at_every_step(rising * apd::faithfulness());
}
TEST_CASE("coefficients of the losses of APD change too") {
    const auto some = apd::lp(apd::gradient_attribution(), 0.9);
    is_the_same_at_every_step(apd::simplicity(some, apd::schatten(0.9)) + apd::sparsity(some) + apd::minimality(some) +
                              apd::hidden_reconstruction<apd::gelu>(some));
}
TEST_CASE("an adversary that remembers climbs by its own loss's gradient, whatever the coefficient is") {
    const auto ci = apd::private_importances<3>();
    const auto remembered = [&](const auto& coefficient) {
        small_problem small(10);
        const auto sum = coefficient * apd::reconstruction(apd::persistent_adversary(ci, {.before = 1}));
        apd::ext::objective_step run(small.problem, sum);
        run.evaluate();
        run.pullback();
        run.update_nodes();
        std::vector<double> all;
        for (const auto& kept : small.problem.parts.kept())
            for (const double number : apd_test::on_host(small.device, kept.value)) all.push_back(number);
        return all;
    };
    const auto expected = remembered(1.0);
    CHECK_THAT(remembered(apd::annealed{0.25, 0.25}), Catch::Matchers::Approx(expected).epsilon(1e-9).margin(1e-12));
    // With a coefficient of 0 there is no gradient to climb by, and nothing is lost.
    for (const double number : remembered(apd::annealed{0, 0})) CHECK(number == number);
}
TEST_CASE("a schedule is said as its user wrote it") {
    const auto sum = 2 * (apd::annealed{0, 1, 0, 100} * apd::faithfulness());
    CHECK(sum.describe() == "2 * annealed(0, 1, 0, 100) * faithfulness()");
}
