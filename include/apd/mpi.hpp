#pragma once
// Runs on many machines, by MPI: what `apd::mpi` is linked for.

#include <apd/mpi/plans.hpp>
#include <apd/mpi/slices.hpp>
#include <apd/mpi/world.hpp>
