// What only a GPU can show: its errors. All else is tested where it belongs, on every backend.

#include <cstddef>
#include <span>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/backend/array.hpp>
#include <apd/backend/backend.hpp>
#include <apd/backend/cuda.hpp>

#if defined(__CUDACC__)

using Catch::Matchers::Contains;

TEST_CASE("a GPU that is not there is named") {
    CHECK_THROWS_WITH(apd::cuda({.device = 99}), Contains("cuda: there is no device 99; choose one below"));
}
TEST_CASE("more memory than there is: how much was asked for, how much is free, and what to do") {
    apd::cuda device;
    CHECK_THROWS_WITH(device.allocate<float>(std::size_t{1} << 44U),
                      Contains("cudaMalloc: 70368744177664 bytes were asked for, but ") &&
                          Contains(" are free on device ") &&
                          Contains("; use a smaller batch, fewer components or a smaller rank"));
    // It goes on as before.
    using namespace apd::ext::literals;
    const apd::ext::array<apd::cuda, float, apd::extents<3>> x(device);
    device(x["i"_i] = 2.F);
    std::vector<float> host(3);
    device.download(*x, std::span(host));
    CHECK(host == std::vector<float>{2, 2, 2});
}
TEST_CASE("what CUDA and cuBLAS report names the call and the device") {
    CHECK_THROWS_WITH(apd::ext::detail::check_cuda(cudaErrorInvalidValue, "some_call"),
                      Contains("some_call: cudaErrorInvalidValue on device 0 (") && Contains("): invalid argument"));
    CHECK_THROWS_WITH(apd::ext::detail::check_cublas(CUBLAS_STATUS_NOT_SUPPORTED, "some_call"),
                      Contains("some_call: CUBLAS_STATUS_NOT_SUPPORTED on device 0 ("));
    CHECK_NOTHROW(apd::ext::detail::check_cuda(cudaSuccess, "some_call"));
}

#else

TEST_CASE("without a compiler for CUDA the name is there, to say what is missing") {
    STATIC_REQUIRE_FALSE(apd::ext::backend<apd::cuda>);  // what it says: compile_fail/cuda_without_its_compiler.cpp
}

#endif
