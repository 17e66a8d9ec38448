// Against differences of outputs, on a larger network: laws/attributions.cpp.

#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using numbers = std::vector<double>;
using network = apd::network<apd::linear<"W", 1, 1>, apd::bias<"b", 1>, apd::relu>;

/// y = relu(x W + b), W = 4, b = −1, with the components 4 and 2, on the samples 1 and −1.
numbers found(std::size_t steps) {
    apd_test::tested_backend device;
    apd::parameters<network, double> target;
    target.get<"W">()[0] = 4;
    target.get<"b">()[0] = -1;
    apd::factors<network, apd::shared_components<2, 1>, double> factors;
    factors.left = {{{4, 2}}};
    factors.right = {{{1, 1}}};
    apd::ext::problem<apd_test::tested_backend, double, network, apd::shared_components<2, 1>> problem(device, target,
                                                                                                       2);
    problem.factors.upload(device, factors);
    device.upload(std::span<const double>(numbers{1, -1}), *problem.x);
    const auto attribution = apd::integrated_gradient_attribution(steps);
    const auto objective = 1.0 * apd::minimality(apd::batch_top_k(attribution, 1));
    apd::ext::objective_step<decltype(problem), std::decay_t<decltype(objective)>> run(problem, objective);
    run.evaluate();
    return apd_test::on_host(device, run(attribution).value());
}

}  // namespace

static_assert(apd::ext::attribution_node<apd::ext::integrated_gradient_attribution_node>);

TEST_CASE("a component counts where the path from zero to the target's matrix reaches the relu") {
    // At t W the relu is open where 4 t > 1, the bias as it is: for t = 0.5; for 0.75 of 0.25, 0.75; for all but 0.125
    // of 0.125, 0.375, 0.625, 0.875. The sample −1 never opens it.
    CHECK(found(1) == numbers{16, 4, 0, 0});
    CHECK(found(2) == numbers{4 / 2 * 4 / 2, 2 / 2 * 2 / 2, 0, 0});
    CHECK(found(4) == numbers{0.75 * 4 * 0.75 * 4, 0.75 * 2 * 0.75 * 2, 0, 0});
}
TEST_CASE("a path of no steps is an error") {
    CHECK_THROWS_MATCHES(apd::integrated_gradient_attribution(0), apd::error,
                         Catch::Matchers::Message("integrated_gradient_attribution: 0 steps; choose at least one, such "
                                                  "as 8"));
}
TEST_CASE("integrated-gradient attributions are equal when their steps are, and describe themselves as written") {
    const auto attribution = apd::integrated_gradient_attribution(8);
    CHECK(attribution == apd::integrated_gradient_attribution(8));
    CHECK_FALSE(attribution == apd::integrated_gradient_attribution(4));
    CHECK(apd::describe(attribution) == "integrated_gradient_attribution(8)");
}
