// A network with a layer of one's own, decomposed by a method with a mask and a loss of one's own: none of them is
// known to the library, and nothing in it had to change. The parts are in own_parts.hpp.

#include <exception>
#include <iostream>

#include <apd/apd.hpp>

#include "own_parts.hpp"

// A toy model of superposition with three ways to differ: six features, a gain on the hidden layer, gelu at the end.
using network =
    apd::network<apd::linear<"W", 6, 3>, own::gain<"g", 3>, apd::transposed<"W">, apd::bias<"b", 6>, apd::gelu>;

int main() try {
    apd::cpu device;
    const apd::sparse_features<6> data{.probability = 0.05, .low = 0, .high = 1, .seed = 1};
    const auto target = apd::train<network>(device, data, {.steps = 3'000, .batch = 1024});

    const auto active = own::annealed_top_k(apd::gradient_attribution(), 1.0, 0.3, 1'000);
    const auto objective = apd::faithfulness() + 1.0 * apd::minimality(active) +
                           0.3 * apd::simplicity(active, apd::schatten(1)) + 1e-4 * own::component_norm();

    const auto result = apd::decompose<6>(device, target, data, objective,
                                          {.steps = 4'000, .batch = 1024, .learning_rate = 1e-2, .warm_up = 0.05},
                                          apd::progress_bar("custom architecture"));

    const auto [mmcs, ml2r] = apd::column_match<"W">(target, result);
    std::cout << "objective " << result.objective << '\n';
    for (std::size_t i = 0; i < result.terms.size(); ++i)
        std::cout << result.terms[i] << ' ' << result.history.back().values[i] << '\n';
    std::cout << "MMCS " << mmcs << ", ML2R " << ml2r << '\n';
} catch (const std::exception& failure) {
    std::cerr << "custom_architecture: " << failure.what() << '\n';
    return 1;
}
