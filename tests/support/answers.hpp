#pragma once
// A decomposition whose answers can be worked out by hand (see two_components.hpp): y = relu(x W), W = (2, 3), as
// P_1 = (2.5, 0.625) and P_2 = (0, 1.875).

#include <support/tested_backend.hpp>
#include <support/two_components.hpp>

#include <apd/apd.hpp>

namespace apd_test {

using matrix = xt::xtensor<double, 2>;

struct answers_of_two_components {
    using network = two_components::network;
    using result_type = apd::decomposition<network, apd::shared_components<2, 1>, double>;
    static result_type decomposed() {
        result_type result{};
        result.target.get<"W">()[0] = 2;
        result.target.get<"W">()[1] = 3;
        result.learned.left = {{{2, 0.5, 0, 1.875}}};
        result.learned.right = {{{1.25, 1}}};
        return result;
    }
    tested_backend device;
    result_type result = decomposed();
    apd::evaluator<tested_backend, network, apd::shared_components<2, 1>, double> answers{
        device, result, 2};  // fewer than there are samples
};

}  // namespace apd_test
