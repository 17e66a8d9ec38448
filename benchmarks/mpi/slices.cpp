// One step of compressed computation in slices, one for each rank, of one thread:
//
//   for ranks in 1 2; do mpirun -n $ranks build/release/benchmarks/bench_slices; done

#include <cstddef>
#include <cstdio>

#include <apd/mpi.hpp>

#include "../residual_case.hpp"

namespace {

/// With components of that rank, so many steps after two to begin with.
template <std::size_t Rank>
void time_steps(const apd::mpi::world& world, std::size_t steps) {
    using network = timed::resid_1::network;
    constexpr std::size_t components = timed::resid_1::components;
    const auto target = apd::initial_parameters<network>(0);
    double begun = 0, ended = 0;
    const auto watch = [&](const apd::progress& p) {
        if (p.step == 3) begun = p.seconds;
        ended = p.seconds;
    };
    const apd::plan plan{
        target, timed::resid_1::data(0), timed::resid_1::objective(),
        apd::decompose_options{.steps = steps + 3, .batch = 2048, .columns = timed::resid_1::columns, .log_every = 1}};
    const auto ranks = static_cast<std::size_t>(world.size());
    const auto result = apd::decompose<components, Rank>(apd::mpi::slices{world, ranks, 1}, plan, watch);
    std::size_t numbers = 0;
    for (const auto* side : {&result.learned.left, &result.learned.right})
        for (const auto& site : *side) numbers += site.size();
    const double sent = 2 * 4e-6 * static_cast<double>(numbers * (ranks - 1)) / static_cast<double>(ranks);
    if (world.rank() == 0)
        std::printf("%zu ranks, components of %s rank: %.1f ms a step, of which every rank sends %.1f MB\n", ranks,
                    Rank == 1 ? "one" : "full", 1e3 * (ended - begun) / static_cast<double>(steps), sent);
}

}  // namespace

int main() {
    const apd::mpi::world world;
    time_steps<1>(world, 40);
    time_steps<apd::full_rank>(world, 20);
}
