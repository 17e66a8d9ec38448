// Adversarial masks on some rows of a batch, stochastic ones on the others.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

namespace {

using namespace apd::ext::literals;
using small_problem = apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>;
const auto ci = apd::shared_importances<3>();
constexpr std::size_t B = 40;

}  // namespace

TEST_CASE("a coin says which rows are the adversary's: those climb, and have masks at all sites") {
    using problem_type = small_problem::problem_type;
    small_problem small(B);
    auto& device = small.device;
    apd::ext::objective_step run(small.problem, 1 * apd::reconstruction(apd::stochastic(ci)));
    const apd::persistent_ascent how{.rate = 0.25, .before = 2, .rule = apd::ascent_rule::sign};
    apd::ext::merged_source::state<problem_type> source(apd::ext::merged_source(0.3, how), small.problem);
    apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, 5>> r(device, B), gradient(device, B);
    apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, 2>> delta(device, B), route(device, B);
    std::size_t of_adversary = 0;
    for (std::uint32_t step = 0; step < 20; ++step) {
        device.upload(std::span<const std::uint32_t>(&step, 1), *small.problem.step);
        device(route["bs"_i] = 0);
        source.route(run, *route);
        const auto chosen = apd_test::on_host(device, *route);
        std::vector<std::vector<double>> seen;
        source.climb(run, *r, *delta, [&] {
            seen.push_back(apd_test::on_host(device, *r));
            device(gradient["bc"_i] = 1, delta["bs"_i] = delta["bs"_i]);
            return std::pair{*gradient, decltype(*delta){}};
        });
        seen.push_back(apd_test::on_host(device, *r));
        REQUIRE(seen.size() == 3);
        for (std::size_t b = 0; b < B; ++b) {
            const bool is_adversary = chosen[2 * b] == 1;
            of_adversary += is_adversary;
            CHECK(chosen[2 * b] == chosen[2 * b + 1]);
            for (std::size_t c = 0; c < 5; ++c) {
                const double first = seen[0][5 * b + c], last = seen[2][5 * b + c];
                CHECK((0 <= first && first <= 1));
                CHECK(last == (is_adversary ? Approx(std::min(1.0, first + 0.5)) : Approx(first)));
            }
        }
    }
    CHECK(of_adversary == Approx(0.3 * B * 20).epsilon(0.25));
}
TEST_CASE("with all rows or with none, a merged loss is that of the adversary or of chance") {
    const auto values_of = [&](const auto& sum) {
        small_problem small(B);
        apd::ext::objective_step run(small.problem, sum);
        apd_test::lay_between_0_and_1(small.problem);
        run.evaluate();
        run.pullback();
        std::vector<double> all{run.values()[0]};
        for (const auto& part : small.problem.parts)
            for (const double g : apd_test::on_host(small.device, part.gradient)) all.push_back(g);
        return all;
    };
    const apd::persistent_ascent how{.before = 2};
    const auto alone = values_of(1 * apd::reconstruction(apd::persistent_adversary(ci, how)));
    const auto merged = values_of(1 * apd::reconstruction(apd::merged(ci, 1, how), apd::random_sites));
    CHECK_THAT(merged, Catch::Matchers::Approx(alone).epsilon(1e-9).margin(1e-12));

    small_problem small(B);
    apd::ext::objective_step run(small.problem, 1 * apd::reconstruction(apd::merged(ci, 0, how)));
    const auto remembered = [&] {
        std::vector<double> all;
        for (const auto& kept : small.problem.parts.kept())
            for (const double number : apd_test::on_host(small.device, kept.value)) all.push_back(number);
        return all;
    };
    const auto before = remembered();
    run.evaluate();
    run.pullback();
    run.update_nodes();
    CHECK(remembered() == before);
}
TEST_CASE("a merged loss has the gradient of its value") {
    apd_test::gradients_of_importances_are_right(
        ci,
        apd::reconstruction(apd::merged(ci, 0.5, {.before = 1, .rule = apd::ascent_rule::sign}), apd::random_sites));
}
TEST_CASE("a share that is none is refused") {
    small_problem small(5);
    CHECK_THROWS_WITH(apd::ext::objective_step(small.problem, 1 * apd::reconstruction(apd::merged(ci, 1.5))),
                      Catch::Contains("share of the rows is 1.5"));
}
