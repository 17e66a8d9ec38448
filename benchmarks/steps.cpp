// One step of a decomposition of the toy models.
//
//   build/release/benchmarks/bench_steps                           every case, on one thread, two, four, …
//   build/cuda/benchmarks/bench_steps --benchmark_filter=cuda      on a GPU
//   benchmarks/compare.sh                                          beside the PyTorch baseline

#include "timed_step.hpp"
#include "toy_case.hpp"

int main(int argc, char** argv) {
    timed::add<timed::tms_5_2>("tms_5-2", {1, 16, 256}, 1000);
    timed::add<timed::tms_40_10>("tms_40-10", {1, 16}, 200);
    return timed::run_all(argc, argv);
}
