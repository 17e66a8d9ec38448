// The component mpi: without mpirun the only rank.
#include <apd/mpi.hpp>

int main() {
    const apd::mpi::world world;
    return world.rank() == 0 && world.size() == 1 ? 0 : 1;
}
