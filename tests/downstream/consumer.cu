#include <iostream>

#include <apd/apd.hpp>

using tms = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;

int main() {
    apd::cuda device;
    const apd::sparse_features<5> data{.probability = 0.05};
    const auto target = apd::train<tms>(device, data, {.steps = 10});
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 0.211);
    const auto objective = apd::faithfulness() + apd::minimality(active);
    std::cout << apd::decompose<5>(device, target, data, objective, {.steps = 10}).history.back().total << '\n';
}
