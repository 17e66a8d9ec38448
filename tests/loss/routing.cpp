#include <cmath>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using three_sites = apd::network<apd::linear<"A", 2, 2>, apd::linear<"B", 2, 2>, apd::linear<"C", 2, 2>>;
using small_problem = apd_test::small_problem_of<three_sites, apd::subcomponents<2>, apd_test::tested_backend>;
constexpr std::size_t B = 900;

std::vector<double> routes(const auto& routing) {
    small_problem small(B);
    struct {
        small_problem::problem_type& problem;
    } step{small.problem};
    typename std::remove_cvref_t<decltype(routing)>::template state<small_problem::problem_type> state(routing,
                                                                                                       small.problem);
    apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, 3>> route(small.device, B);
    state.draw(step, *route);
    return apd_test::on_host(small.device, *route);
}

}  // namespace

TEST_CASE("one, two or three of three sites, each as often, and every site as often") {
    const auto all = routes(apd::random_sites);
    std::vector<double> with(4), of_site(3);
    for (std::size_t b = 0; b < B; ++b) {
        const auto row = all.begin() + static_cast<long>(3 * b);
        const double count = std::accumulate(row, row + 3, 0.0);
        ++with.at(static_cast<std::size_t>(count));
        for (std::size_t s = 0; s < 3; ++s) of_site[s] += row[static_cast<long>(s)];
    }
    CHECK(with[0] == 0);
    for (std::size_t k = 1; k <= 3; ++k) CHECK(std::abs(with[k] - 300) < 4 * std::sqrt(200.0));
    for (const double count : of_site) CHECK(std::abs(count - 600) < 4 * std::sqrt(200.0));
}
TEST_CASE("every site with the probability that is said") {
    const auto all = routes(apd::some_sites(0.2));
    const double there = std::accumulate(all.begin(), all.end(), 0.0);
    CHECK(std::abs(there - 540) < 4 * std::sqrt(2700 * 0.2 * 0.8));
    CHECK(routes(apd::some_sites(1)) == std::vector<double>(3 * B, 1.0));
    CHECK_THROWS_WITH(routes(apd::some_sites(0)), Catch::Contains("its probability is 0"));
    CHECK_THROWS_WITH(routes(apd::some_sites(1.5)), Catch::Contains("choose one above 0, at most 1"));
}
TEST_CASE("one site after the other") {
    using sites = std::array<bool, 3>;
    CHECK(apd::each_site.passes(3) == 3);
    CHECK(apd::each_site.masked(1, sites{}) == sites{false, true, false});
    CHECK(apd::all_sites.passes(3) == 1);
}
