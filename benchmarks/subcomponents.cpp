// A step of SPD, for the cases of the PyTorch baseline: toy models of superposition, and residual networks.
//
//   build/release/benchmarks/bench_subcomponents [threads] [case]

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <apd/apd.hpp>

#include "residual_case.hpp"

namespace {

struct settings {
    std::size_t threads;
    std::string_view only;  // one case, or all of them
};

/// How much longer a run takes that has so many steps more than ten, behind one that is not timed: memory that is new
/// to the program is cleared in it.
template <class Net, class Shape>
void time_steps(const settings& how, const char* name, double probability, double low, const auto& objective,
                std::size_t batch, std::size_t steps) {
    if (!how.only.empty() && how.only != name) return;
    const apd::sparse_features<Net::inputs> data{.probability = probability, .low = low, .high = 1};
    apd::cpu device({.threads = how.threads});
    const auto seconds = [&](std::size_t count) {
        const apd::plan plan{apd::initial_parameters<Net>(0), data, objective,
                             apd::decompose_options{.steps = count, .batch = batch, .log_every = count}};
        return apd::decompose<Shape>(device, plan).seconds;
    };
    seconds(10);
    const double first = seconds(10);
    std::printf("%-12s %8.3f ms a step\n", name, 1e3 * (seconds(steps + 10) - first) / static_cast<double>(steps));
    std::fflush(stdout);
}
auto layerwise(const auto& ci, double importance, double power) {
    return importance * apd::importance_minimality(ci, power) + apd::reconstruction(apd::stochastic(ci)) +
           apd::reconstruction(apd::stochastic(ci), apd::each_site);
}
auto adversarial(const auto& ci) {
    return 1e-4 * apd::importance_minimality(ci, 2) + 2 * apd::reconstruction(apd::stochastic(ci), apd::random_sites) +
           2 * apd::reconstruction(apd::shared_adversary(ci, {.steps = 1, .rate = 1}), apd::random_sites);
}

template <std::size_t Features, std::size_t Hidden>
using toy = apd::network<apd::linear<"in", Features, Hidden>, apd::linear<"out", Hidden, Features>,
                         apd::bias<"b", Features>, apd::relu>;
template <std::size_t C>
using tied = apd::tied_factors<apd::subcomponents<C>, 1, 0>;

using three_layers = timed::residual_mlp<102, timed::mlp<"layers.0.mlp_in", "layers.0.mlp_out", 17>,
                                         timed::mlp<"layers.1.mlp_in", "layers.1.mlp_out", 17>,
                                         timed::mlp<"layers.2.mlp_in", "layers.2.mlp_out", 17>>;

}  // namespace

int main(int argc, char** argv) {
    const settings how{argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1, argc > 2 ? argv[2] : ""};
    const auto small = apd::private_importances<16>();
    time_steps<toy<5, 2>, tied<20>>(how, "tms_5-2", 0.05, 0, layerwise(small, 3e-3, 1), 4096, 500);
    time_steps<toy<40, 10>, tied<200>>(how, "tms_40-10", 0.05, 0, layerwise(small, 1e-4, 2), 4096, 40);
    time_steps<timed::one_layer, apd::subcomponents<100>>(how, "resid_1", 0.01, -1, layerwise(small, 1e-5, 2), 2048,
                                                          100);
    time_steps<timed::two_layers, apd::subcomponents<400>>(how, "resid_2", 0.01, -1,
                                                           adversarial(apd::shared_importances<256>()), 2048, 20);
    time_steps<three_layers, apd::subcomponents<500>>(how, "resid_3", 0.01, -1,
                                                      layerwise(apd::private_importances<128>(), 1e-5, 2), 2048, 10);
}
