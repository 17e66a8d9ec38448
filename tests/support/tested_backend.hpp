#pragma once
// The backend on which the algorithms are tested. Every test is compiled for the cpu, for a grid of threads that the
// host plays, and, where a compiler for CUDA compiles it, for a GPU: see the end of tests/CMakeLists.txt.

#include <tuple>

#include <apd/backend/cpu.hpp>
#include <apd/backend/cuda.hpp>

#if !defined(__CUDACC__)
#include <support/host_grid.hpp>
#include <support/serial.hpp>
#endif

namespace apd_test {

#if defined(__CUDACC__)
using tested_backend = apd::cuda;
using plain_backend = apd::cuda;
using recording_backend = apd::cuda;
using tested_scalars = std::tuple<double, float>;
#elif defined(APD_TESTED_ON_GRID)
using tested_backend = host_grid;
using plain_backend = host_grid;
using recording_backend = host_grid;
using tested_scalars = std::tuple<double>;
#else
using tested_backend = apd::cpu;
/// For tests of a formula, which is worked out by loops.
using plain_backend = serial;
/// For tests of what is done again and again.
using recording_backend = host_grid_of_groups;
using tested_scalars = std::tuple<double, float>;
#endif

}  // namespace apd_test
