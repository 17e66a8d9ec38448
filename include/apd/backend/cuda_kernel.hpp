#pragma once
// The kernels: every piece of work of a grid runs in one of two, alone or beside the same work on other arrays.

#include <cstddef>

#include <apd/backend/cuda_block.hpp>

namespace apd::ext::detail {

inline constexpr int threads_of_block = 256;

// Work by groups is done by blocks, any other by threads; each takes several items where there are more.
template <class Work>
__device__ void run_on_gpu(const Work& work) {
    if constexpr (requires { work.groups(); }) {
        __shared__ typename Work::shared shared;
        const std::size_t count = work.groups();
        for (std::size_t i = blockIdx.x; i < count; i += gridDim.x) {
            work(block<threads_of_block>{}, i, shared);
            __syncthreads();
        }
    } else {
        const std::size_t count = work.count(), step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
        for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step)
            work(i);
    }
}
// The next kernel may be set up from now on; this one goes on where all that was asked for before it is done.
__device__ inline void wait_for_earlier_work() {
#if __CUDA_ARCH__ >= 900
    cudaTriggerProgrammaticLaunchCompletion();
    cudaGridDependencySynchronize();
#endif
}
template <class Work>
__global__ void __launch_bounds__(threads_of_block) run_kernel(const Work work) {
    wait_for_earlier_work();
    run_on_gpu(work);
}
// Row y of the grid does works[y].
template <class Work>
__global__ void __launch_bounds__(threads_of_block) run_kernel_for_each(const Work* works) {
    wait_for_earlier_work();
    const Work work = works[blockIdx.y];  // a copy, so that all runs as if it were alone
    run_on_gpu(work);
}

}  // namespace apd::ext::detail
