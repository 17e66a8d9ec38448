// expect: apd::cuda needs a compiler for CUDA
#include <apd/backend/cpu.hpp>
#include <apd/backend/cuda.hpp>

void run() {
#ifdef APD_COMPILE_FAIL_FIXED
    apd::cpu device;
#else
    apd::cuda device;
#endif
    static_cast<void>(device);
}
