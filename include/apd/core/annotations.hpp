#pragma once
// The one annotation of the library: what may run on the host and, compiled as CUDA, on the device.

#include <apd/core/requirements.hpp>

#if defined(__CUDACC__)
#define APD_HOST_DEVICE __host__ __device__
#else
#define APD_HOST_DEVICE
#endif
