// One step of a decomposition of the residual networks.
//
//   build/release/benchmarks/bench_steps_residual                          every case, on one thread, two, four, …
//   build/cuda/benchmarks/bench_steps_residual --benchmark_filter=cuda     on a GPU
//   benchmarks/compare.sh                                                  beside the PyTorch baseline

#include "residual_case.hpp"
#include "timed_step.hpp"

int main(int argc, char** argv) {
    timed::add<timed::resid_1>("resid_1", {1}, 20);
    timed::add<timed::resid_2>("resid_2", {1}, 20);
    return timed::run_all(argc, argv);
}
