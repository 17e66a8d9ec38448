#pragma once
// A decomposition of a toy model small enough to run many times in a test.

#include <support/small_problem.hpp>

#include <apd/apd.hpp>

namespace apd_test {

using toy = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;
inline const apd::sparse_features<5> toy_data{.probability = 0.3, .low = 0, .high = 1, .seed = 7};
inline const auto toy_target = random_parameters<toy, float>(8);

inline auto toy_objective(double k = 1) {
    const auto active = apd::batch_top_k(apd::gradient_attribution(), k);
    return apd::faithfulness() + apd::minimality(active) + 0.1 * apd::simplicity(active, apd::schatten(1));
}

/// Five components of rank 3, with the objective above.
template <class... Observers>
auto toy_decomposition(const apd::decompose_options& options, double k = 1, std::size_t threads = 1,
                       Observers&&... observers) {
    apd::cpu device({.threads = threads});
    return apd::decompose<5, 3>(device, toy_target, toy_data, toy_objective(k), options, observers...);
}

}  // namespace apd_test
