#pragma once
// Runs on many machines with GPUs, by MPI and NCCL: what `apd::nccl` is linked for.

#include <apd/mpi/gpu_slices.hpp>
#include <apd/mpi/plans.hpp>
#include <apd/mpi/slices.hpp>
#include <apd/mpi/world.hpp>
