// Losses that share the arrays of their passes: each finds what it needs, whatever those before it have left there.

#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

namespace {
const auto ci = apd::shared_importances<3>();
const auto half = apd::stochastic(ci, apd::constant_source(0.5));
const auto climbing = apd::reconstruction(apd::adversary(ci, {.steps = 2, .rate = 0.2}, apd::constant_source(0.4)));
// These draw by the place that they have in a method, which is the first alone.
const auto routed = apd::reconstruction(apd::stochastic(ci), apd::random_sites);
const auto remembering = apd::reconstruction(apd::persistent_adversary(ci, {.before = 1, .rows = 7}));

struct outcome {
    std::vector<double> values;
    std::vector<double> gradients;  ///< of all that is learned
};
template <class... Losses>
outcome of(const Losses&... losses) {
    apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend> small(20);
    apd::ext::objective_step run(small.problem, ((1.0 * losses) + ...));
    apd_test::lay_between_0_and_1(small.problem);
    run.evaluate();
    run.pullback();
    const auto values = run.values();
    outcome found{{values.begin(), values.end()}, {}};
    for (const auto& part : small.problem.parts)
        for (const double each : apd_test::on_host(small.device, part.gradient)) found.gradients.push_back(each);
    return found;
}
template <class... Losses>
void are_as_if_alone(const Losses&... losses) {
    const auto together = of(losses...);
    const std::vector<outcome> alone{of(losses)...};
    for (std::size_t i = 0; i < alone.size(); ++i) CHECK(together.values[i] == alone[i].values[0]);
    for (std::size_t n = 0; n < together.gradients.size(); ++n) {
        double sum = 0;
        for (const auto& each : alone) sum += each.gradients[n];
        CHECK(together.gradients[n] == Approx(sum).margin(1e-14));
    }
}
}  // namespace

TEST_CASE("losses are together what they are alone") {
    are_as_if_alone(routed, apd::reconstruction(half), climbing);
    are_as_if_alone(routed, climbing, apd::reconstruction(half));
    are_as_if_alone(remembering, climbing, apd::reconstruction(half));
    are_as_if_alone(apd::reconstruction(half, apd::each_site), climbing, apd::reconstruction(apd::masked_by(ci)));
}
TEST_CASE("losses with deltas have one node, with routes or without; those that climb, for all rows, have another") {
    using first = decltype(routed)::passes_node;
    STATIC_REQUIRE(std::is_same_v<first, decltype(apd::reconstruction(half))::passes_node>);
    STATIC_REQUIRE(!std::is_same_v<first, decltype(climbing)::passes_node>);
    STATIC_REQUIRE(std::is_same_v<decltype(remembering)::passes_node, decltype(climbing)::passes_node>);
    STATIC_REQUIRE(!std::is_same_v<first, decltype(apd::reconstruction(apd::masked_by(ci)))::passes_node>);
    STATIC_REQUIRE(!std::is_same_v<first, decltype(apd::reconstruction(half, apd::each_site))::passes_node>);
}
