// What the machine can do: a multiplication of large matrices and a copy, the ceilings that steps are held against.
//
//   build/release/benchmarks/bench_peaks                       one thread of the processor, two, four, …
//   build/cuda/benchmarks/bench_peaks --benchmark_filter=cuda  a GPU

#include <apd/core/intrinsics.hpp>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <vector>

#include <Eigen/Core>
#include <benchmark/benchmark.h>

#include <apd/apd.hpp>

#include "thread_counts.hpp"

namespace {

constexpr double giga = 1e9;

void multiply_on_cpu(benchmark::State& state) {
    constexpr Eigen::Index n = 2048;
    const Eigen::MatrixXf a = Eigen::MatrixXf::Random(n, n), b = Eigen::MatrixXf::Random(n, n);
    Eigen::MatrixXf c(n, n);
    for (auto _ : state) {
        c.noalias() = a * b;
        benchmark::DoNotOptimize(c.data());
    }
    state.counters["GFLOP/s"] =
        benchmark::Counter(2.0 * n * n * n / giga, benchmark::Counter::kIsIterationInvariantRate);
}
void copy_on_cpu(benchmark::State& state) {
    std::vector<char> from(std::size_t{1} << 28U, 1), to(from.size());
    for (auto _ : state) {
        std::memcpy(to.data(), from.data(), from.size());
        benchmark::DoNotOptimize(to.data());
    }
    // Every byte is read and written.
    state.counters["GB/s"] = benchmark::Counter(2.0 * static_cast<double>(from.size()) / giga,
                                                benchmark::Counter::kIsIterationInvariantRate);
}

#if defined(__CUDACC__)
// The time of `times` rounds of f() on a GPU.
void time_on_gpu(benchmark::State& state, apd::cuda& device, std::size_t times, const auto& f) {
    const apd::ext::array<apd::cuda, float, apd::extents<>> last(device);
    const auto finish = [&] {
        float value = 0;
        device.download(*last, std::span(&value, 1));
    };
    f();
    finish();
    for (auto _ : state) {
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t t = 0; t < times; ++t) f();
        finish();
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
        state.SetIterationTime(passed.count() / static_cast<double>(times));
    }
}
template <class T>
void multiply_on_gpu(benchmark::State& state) {
    constexpr std::size_t n = 8192;
    apd::cuda device;
    const apd::ext::array<apd::cuda, T, apd::extents<n, n>> a(device), b(device), c(device);
    apd::ext::detail::matrix_product<T> product{.rows = n, .columns = n, .terms = n};
    product.left = (*a).data, product.right = (*b).data, product.target = (*c).data;
    product.left_lead = product.right_lead = product.target_lead = n;
    time_on_gpu(state, device, 10, [&] { device.machine().multiply(product); });
    state.counters["GFLOP/s"] =
        benchmark::Counter(2.0 * n * n * n / giga, benchmark::Counter::kIsIterationInvariantRate);
}
void copy_on_gpu(benchmark::State& state) {
    constexpr std::size_t n = std::size_t{1} << 28U;
    using namespace apd::ext::literals;
    apd::cuda device;
    const apd::ext::array<apd::cuda, float, apd::extents<n>> from(device), to(device);
    time_on_gpu(state, device, 20, [&] { device(to["i"_i] = from["i"_i]); });
    state.counters["GB/s"] = benchmark::Counter(8.0 * n / giga, benchmark::Counter::kIsIterationInvariantRate);
}
#endif

}  // namespace

int main(int argc, char** argv) {
    for (const std::size_t threads : timed::thread_counts()) {
        const auto ready = [&](benchmark::internal::Benchmark* added) {
            added->Threads(static_cast<int>(threads))->UseRealTime()->Unit(benchmark::kMillisecond);
        };
        ready(benchmark::RegisterBenchmark("multiply/cpu/float", multiply_on_cpu));
        ready(benchmark::RegisterBenchmark("copy/cpu", copy_on_cpu));
    }
#if defined(__CUDACC__)
    benchmark::RegisterBenchmark("multiply/cuda/float", multiply_on_gpu<float>)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("multiply/cuda/double", multiply_on_gpu<double>)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("copy/cuda", copy_on_gpu)->UseManualTime()->Unit(benchmark::kMillisecond);
#endif
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
}
