// On networks of every kind of layer: laws/attributions.cpp and laws/networks.cpp.

#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>
#include <support/two_components.hpp>

#include <apd/apd.hpp>

namespace {

using numbers = std::vector<double>;
const auto ablation = apd::ablation_attribution();
const auto objective = 1.0 * apd::minimality(apd::batch_top_k(ablation, 1));

template <class Problem>
numbers found(Problem& problem) {
    apd::ext::objective_step<Problem, std::decay_t<decltype(objective)>> run(problem, objective);
    run.evaluate();
    return apd_test::on_host(problem.device, run(ablation).value());
}

}  // namespace

static_assert(apd::ext::attribution_node<apd::ext::ablation_attribution_node>);

TEST_CASE("ablation attribution is what the output loses without a component") {
    // Before the relu the components give (2.5, 0), (0.625, 1.875) and (−2.5 + 0.625, 1.875): 2.5, 2.5, 0 behind it.
    apd_test::two_components by_hand;
    by_hand.device.upload(std::span<const double>(numbers{1, 0, 0, 1, -1, 1}), *by_hand.problem.x);
    CHECK(found(by_hand.problem) == numbers{2.5 * 2.5, 0, 0.625 * 0.625, 1.875 * 1.875, 1.875 * 1.875, 0});
}
TEST_CASE("ablation attribution is the mean over outputs, and takes biases as they are") {
    // (x + b) W with b = 1, W = (1, 0) + (3, 2): for x = 1 without the first (6, 4), without the second (2, 0).
    using network = apd::network<apd::bias<"b", 1>, apd::linear<"W", 1, 2>>;
    STATIC_REQUIRE_FALSE(apd::ext::links<network>::are_complete);  // by passes through every layer
    apd_test::tested_backend device;
    apd::parameters<network, double> target;
    target.get<"b">()[0] = 1;
    apd::factors<network, apd::shared_components<2, 1>, double> factors;
    factors.left = {{{1, 1}}};
    factors.right = {{{1, 0, 3, 2}}};
    apd::ext::problem<apd_test::tested_backend, double, network, apd::shared_components<2, 1>> problem(device, target,
                                                                                                       2);
    problem.factors.upload(device, factors);
    device.upload(std::span<const double>(numbers{1, -2}), *problem.x);
    CHECK(found(problem) == numbers{4.0 / 2, (36.0 + 16) / 2, 1.0 / 2, (9.0 + 4) / 2});
}
TEST_CASE("ablation attribution describes itself as it was written") {
    CHECK(apd::describe(ablation) == "ablation_attribution()");
}
