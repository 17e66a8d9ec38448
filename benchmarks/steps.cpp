// One step of a decomposition of the toy models.
//
//   build/release/benchmarks/bench_steps                           every case, on one thread and two
//   build/cuda/benchmarks/bench_steps --benchmark_filter=cuda      on a GPU
//   benchmarks/compare.sh                                          beside the PyTorch baseline

#include "../examples/tms_settings.hpp"
#include "timed_step.hpp"

namespace {

template <std::size_t Features, std::size_t Hidden, std::size_t Components, const tms_settings& Paper>
struct toy {
    using network = tms<Features, Hidden>;
    static constexpr std::size_t components = Components, rank = Hidden + 1;
    static constexpr apd::column_norm columns = apd::column_norm::free;
    static auto data(std::uint64_t seed) { return apd::sparse_features<Features>{.probability = 0.05, .seed = seed}; }
    static auto objective() {
        const auto active = apd::batch_top_k(apd::gradient_attribution(), Paper.k);
        return apd::faithfulness() + Paper.minimality * apd::minimality(active) +
               Paper.simplicity * apd::simplicity(active, apd::schatten(Paper.p));
    }
};

}  // namespace

int main(int argc, char** argv) {
    timed::add<toy<5, 2, 5, paper_5_2>>("tms_5-2", {1, 16, 256}, 1000);
    timed::add<toy<40, 10, 50, paper_40_10>>("tms_40-10", {1, 16}, 200);
    return timed::run_all(argc, argv);
}
