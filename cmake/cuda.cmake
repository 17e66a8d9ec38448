# apd::cuda: what a program needs beside apd::apd whose sources a compiler for CUDA compiles. There is no such target
# where no CUDA toolkit is found.
find_package(CUDAToolkit 12 QUIET)
if(CUDAToolkit_FOUND AND NOT TARGET apd::cuda)
    add_library(apd::cuda INTERFACE IMPORTED GLOBAL)
    set_property(TARGET apd::cuda PROPERTY INTERFACE_LINK_LIBRARIES apd::apd CUDA::cudart CUDA::cublas)
    # What Eigen adds for kernels, where apd has none of it, makes its decompositions ambiguous on the host.
    set_property(TARGET apd::cuda PROPERTY INTERFACE_COMPILE_DEFINITIONS $<$<COMPILE_LANGUAGE:CUDA>:EIGEN_NO_CUDA>)
    # C++20 as an option, as CMake 3.25 knows no such feature of newer toolkits. Constants of the host are used in kernels.
    # Of what nvcc says about host code, these come from apd's dependencies and from defaulted functions.
    set_property(TARGET apd::cuda PROPERTY INTERFACE_COMPILE_OPTIONS
        "$<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-std=c++20;--expt-relaxed-constexpr;-diag-suppress=20012,128,186,554>")
endif()
