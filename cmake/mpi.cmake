# apd::mpi: what a program that includes apd/mpi.hpp links in place of apd::apd. There is no such target where no MPI is
# found.
find_package(MPI QUIET COMPONENTS CXX)
if(MPI_CXX_FOUND AND NOT TARGET apd::mpi)
    add_library(apd::mpi INTERFACE IMPORTED GLOBAL)
    set_property(TARGET apd::mpi PROPERTY INTERFACE_LINK_LIBRARIES apd::apd MPI::MPI_CXX)
    # Of MPI its C functions alone, not the C++ bindings that it had once.
    set_property(TARGET apd::mpi PROPERTY INTERFACE_COMPILE_DEFINITIONS OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
endif()
