// That the values are right is tested in laws/attributions.cpp.

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

TEST_CASE("activation attributions choose components by what they give, not by what they change") {
    // Component 0 gives much, but only to a hidden unit that the target never reads.
    using network = apd::network<apd::linear<"in", 1, 2>, apd::linear<"out", 2, 1>>;
    apd::parameters<network, double> target;
    const std::vector<double> in{1, 0}, out{1, 0};
    std::copy(in.begin(), in.end(), target.get<"in">().begin());
    std::copy(out.begin(), out.end(), target.get<"out">().begin());
    apd_test::tested_backend device;
    apd::ext::problem<apd_test::tested_backend, double, network, apd::shared_components<2, 1>> problem(device, target,
                                                                                                       1);
    apd::factors<network, apd::shared_components<2, 1>, double> host;
    host.left = {{{1, 1}, {0, 0, 0, 0}}};   // U in [2, 1, 1], out [2, 2, 1]
    host.right = {{{0, 3, 1, 0}, {0, 0}}};  // V in [2, 1, 2], out [2, 1, 1]
    problem.factors.upload(device, host);
    device.upload(std::span<const double>(std::vector{2.0}), *problem.x);
    const auto activation = apd::activation_attribution();
    const auto gradient = apd::gradient_attribution();
    const auto objective =
        apd::minimality(apd::batch_top_k(activation, 1)) + apd::minimality(apd::batch_top_k(gradient, 1));
    apd::ext::objective_step<decltype(problem), std::decay_t<decltype(objective)>> run(problem, objective);
    run.evaluate();
    CHECK(apd_test::on_host(device, run(activation).value()) == std::vector<double>{36, 4});
    CHECK(apd_test::on_host(device, run(gradient).value()) == std::vector<double>{0, 4});
}
