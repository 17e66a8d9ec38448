#pragma once
// The backend of an NVIDIA GPU, for sources that a compiler for CUDA compiles.

#if defined(__CUDACC__)

#include <apd/backend/cuda_machine.hpp>
#include <apd/backend/grid.hpp>

namespace apd::ext {

/// One NVIDIA GPU as a backend.
///
/// Errors: `apd::error`, with the call and the device, for whatever CUDA or cuBLAS reports; where memory ends, with how
/// much was asked for and is free.
/// Example: `apd::cuda device;` or `apd::cuda device({.device = 1});`. One run uses a device at a time.
using cuda = grid<detail::cuda_machine>;

static_assert(backend<cuda>);

}  // namespace apd::ext

#else

namespace apd::ext {

/// Says what is missing where a source that names it is compiled for the host alone.
struct cuda {
    template <class... Options>
    explicit cuda(Options&&...) {
        static_assert(sizeof...(Options) > 1'000,
                      "apd::cuda needs a compiler for CUDA: compile this source as CUDA (a file named .cu, with nvcc), "
                      "and link apd::cuda.");
    }
};

}  // namespace apd::ext

#endif

namespace apd {
using ext::cuda;
}  // namespace apd
