#pragma once
// What CUDA and cuBLAS report, as errors that say which call failed on which device.

#include <string>
#include <string_view>

#include <cublas_v2.h>
#include <cuda_runtime_api.h>

#include <apd/core/error.hpp>

namespace apd::ext::detail {

/// "device 0 (NVIDIA H100)", as far as it can be asked.
inline std::string name_of_device() {
    int device = 0;
    cudaDeviceProp properties{};
    if (cudaGetDevice(&device) != cudaSuccess) return "no device";
    std::string name = "device ";
    name.append(std::to_string(device));
    if (cudaGetDeviceProperties(&properties, device) == cudaSuccess)
        name.append(" (").append(properties.name).append(")");
    return name;
}

/// Errors: `apd::error` unless the call succeeded. An error of earlier work may be found by a later call.
inline void check_cuda(cudaError_t status, std::string_view call) {
    if (status == cudaSuccess) return;
    cudaGetLastError();  // so that the next call doesn't report it again
    std::string what = cudaGetErrorName(status);
    what.append(" on ").append(name_of_device()).append(": ").append(cudaGetErrorString(status));
    throw error(std::string(call), what,
                "run with CUDA_LAUNCH_BLOCKING=1 or compute-sanitizer to see which call it was");
}
inline void check_cublas(cublasStatus_t status, std::string_view call) {
    if (status == CUBLAS_STATUS_SUCCESS) return;
    std::string what = cublasGetStatusName(status);
    what.append(" on ").append(name_of_device()).append(": ").append(cublasGetStatusString(status));
    throw error(std::string(call), what, "check that the driver is as new as the CUDA toolkit, and the free memory");
}

}  // namespace apd::ext::detail
