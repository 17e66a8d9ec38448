// A step of SPD, for the cases of the PyTorch baseline: toy models of superposition, and compressed computation.
//
//   build/release/benchmarks/bench_subcomponents [threads]

#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include <apd/apd.hpp>

#include "residual_case.hpp"

namespace {

/// How much longer a run takes that has so many steps more than ten.
template <class Net, class Shape>
void time_steps(const char* name, const auto& data, double importance, double power, std::size_t batch,
                std::size_t steps, std::size_t threads) {
    const auto ci = apd::private_importances<16>();
    const auto spd = importance * apd::importance_minimality(ci, power) + apd::reconstruction(apd::stochastic(ci)) +
                     apd::reconstruction(apd::stochastic(ci), apd::each_site);
    apd::cpu device({.threads = threads});
    const auto seconds = [&](std::size_t count) {
        const apd::plan plan{apd::initial_parameters<Net>(0), data, spd,
                             apd::decompose_options{.steps = count, .batch = batch, .log_every = count}};
        return apd::decompose<Shape>(device, plan).seconds;
    };
    const double first = seconds(10);
    std::printf("%-12s %8.3f ms a step\n", name, 1e3 * (seconds(steps + 10) - first) / static_cast<double>(steps));
}

template <std::size_t Features, std::size_t Hidden>
using toy = apd::network<apd::linear<"in", Features, Hidden>, apd::linear<"out", Hidden, Features>,
                         apd::bias<"b", Features>, apd::relu>;

}  // namespace

int main(int argc, char** argv) {
    const std::size_t threads = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1;
    const auto data = []<std::size_t Features>(std::integral_constant<std::size_t, Features>) {
        return apd::sparse_features<Features>{.probability = 0.05, .low = 0, .high = 1};
    };
    const std::integral_constant<std::size_t, 5> five;
    const std::integral_constant<std::size_t, 40> forty;
    time_steps<toy<5, 2>, apd::tied_factors<apd::subcomponents<20>, 1, 0>>("tms_5-2", data(five), 3e-3, 1, 4096, 500,
                                                                           threads);
    time_steps<toy<40, 10>, apd::tied_factors<apd::subcomponents<200>, 1, 0>>("tms_40-10", data(forty), 1e-4, 2, 4096,
                                                                              40, threads);
    time_steps<timed::one_layer, apd::subcomponents<100>>("resid_1", timed::resid_1::data(0), 1e-5, 2, 2048, 20,
                                                          threads);
}
