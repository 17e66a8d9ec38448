#include <algorithm>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

namespace {

using apd_test::on_host;
using small_problem = apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>;
using problem_type = small_problem::problem_type;
constexpr std::size_t B = 200;

/// What sources see of a step.
struct step_of {
    problem_type& problem;
};
template <class Source>
std::vector<double> drawn(small_problem& small, typename Source::template state<problem_type>& state) {
    apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, 5>> r(small.device, B);
    step_of step{small.problem};
    state.draw(step, *r);
    return on_host(small.device, *r);
}

}  // namespace

TEST_CASE("uniform numbers are of a state and a step, between 0 and 1") {
    small_problem small(B);
    using state = apd::uniform_source::state<problem_type>;
    state one({}, small.problem), other({}, small.problem);
    const auto first = drawn<apd::uniform_source>(small, one);
    CHECK(first == drawn<apd::uniform_source>(small, one));
    CHECK(first != drawn<apd::uniform_source>(small, other));
    const auto [least, most] = std::ranges::minmax_element(first);
    CHECK(*least >= 0);
    CHECK(*least < 0.02);
    CHECK(*most < 1);
    CHECK(*most > 0.98);
    const std::uint32_t next = 1;
    small.device.upload(std::span(&next, 1), *small.problem.step);
    CHECK(first != drawn<apd::uniform_source>(small, one));
}
TEST_CASE("coins fall on both sides as often") {
    small_problem small(B);
    apd::coin_source::state<problem_type> coins({}, small.problem);
    const auto numbers = drawn<apd::coin_source>(small, coins);
    const auto heads = std::ranges::count(numbers, 1.0), tails = std::ranges::count(numbers, 0.0);
    CHECK(heads + tails == 1000);
    CHECK(std::abs(heads - tails) < 4 * 32);  // four standard deviations
}
TEST_CASE("a constant source gives its number") {
    small_problem small(B);
    apd::constant_source::state<problem_type> half(apd::constant_source(0.5), small.problem);
    CHECK(drawn<apd::constant_source>(small, half) == std::vector<double>(1000, 0.5));
    CHECK(apd::constant_source(0.5).describe() == "constant_source(0.5)");
    using state = apd::constant_source::state<problem_type>;
    CHECK_THROWS_WITH(state(apd::constant_source(2), small.problem), Catch::Contains("r is 2; choose one from 0 to 1"));
}
