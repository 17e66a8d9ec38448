#pragma once
// A decomposition that can be worked out by hand: y = relu(x W), W = [2, 3], as two components of rank 1 that leave an
// error of (−0.5, 0.5), on three samples of which the mask gives each its larger component.

#include <span>
#include <vector>

#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace apd_test {

struct two_components {
    using network = apd::network<apd::linear<"W", 2, 1>, apd::relu>;
    using problem_type = apd::ext::problem<tested_backend, double, network, apd::shared_components<2, 1>>;

    tested_backend device;
    apd::parameters<network, double> target;
    problem_type problem{device, filled(), 3};

    two_components() {
        // P_1 = (2, 0.5)·1.25 = (2.5, 0.625), P_2 = (0, 1.875)·1; S = (2.5, 2.5).
        apd::factors<network, apd::shared_components<2, 1>, double> factors;
        factors.left = {{{2, 0.5, 0, 1.875}}};
        factors.right = {{{1.25, 1}}};
        problem.factors.upload(device, factors);
        const std::vector<double> x{1, 0, 0, 1, -1, 0};
        device.upload(std::span(x), *problem.x);
    }

    /// The values of all terms of an objective.
    template <class Objective>
    auto values(const Objective& objective) {
        apd::ext::objective_step<problem_type, Objective> run(problem, objective);
        run.evaluate();
        return run.values();
    }

  private:
    const apd::parameters<network, double>& filled() {
        target.get<"W">()[0] = 2;
        target.get<"W">()[1] = 3;
        return target;
    }
};

}  // namespace apd_test
