// The main function of the tests that run on a GPU: without one they are skipped, and say so.

#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <cstdio>

#include <cuda_runtime_api.h>

int main(int argc, char** argv) {
    int devices = 0;
    const cudaError_t status = cudaGetDeviceCount(&devices);
    if (status != cudaSuccess || devices == 0) {
        std::printf("skipped: there is no GPU (%s)\n", cudaGetErrorString(status));
        return 77;
    }
    return Catch::Session().run(argc, argv);
}
