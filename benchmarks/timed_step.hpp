#pragma once
// The time of one step of a decomposition on any backend: data, target, attributions, mask, masked pass, losses,
// gradients, update.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "case_run.hpp"
#include "thread_counts.hpp"

namespace timed {

inline double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The most memory that the process has held, in MB: run one case at a time to learn that of a case.
inline double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

/// `together` decompositions at once: the time is that of a step of one of them.
template <class Case, class Device>
void time_steps(benchmark::State& state, Device& device, std::size_t together, std::size_t steps_at_once) {
    std::vector<std::unique_ptr<Device>> forks;
    std::vector<std::unique_ptr<run<Case, Device>>> runs;
    for (std::size_t i = 0; i < together; ++i) {
        if (together > 1) forks.emplace_back(new Device(device.fork()));
        runs.push_back(std::make_unique<run<Case, Device>>(together > 1 ? *forks.back() : device, i));
    }
    auto step = device.sequences(together, [&](std::size_t i) { runs[i]->step(); });
    step(2);  // memory is there, and a backend has recorded what it repeats
    runs.front()->finish();
    for (auto _ : state) {
        const auto start = std::chrono::steady_clock::now();
        step(steps_at_once);
        runs.front()->finish();
        state.SetIterationTime(seconds_since(start) / static_cast<double>(together * steps_at_once));
    }
}

/// The time from the construction of a device to the end of the first step on it, in ms.
template <class Case>
double first_step_on_cpu(std::size_t threads) {
    const auto start = std::chrono::steady_clock::now();
    apd::cpu device({.threads = threads});
    run<Case, apd::cpu> only(device, 0);
    only.step();
    return 1e3 * seconds_since(start);
}

/// A case on one thread and more, as many decompositions at once as there are in `together`, and on a GPU.
template <class Case>
void add(const std::string& name, const std::vector<std::size_t>& together, std::size_t steps_on_gpu) {
    const auto ready = [](benchmark::internal::Benchmark* added) {
        added->UseManualTime()->Unit(benchmark::kMillisecond);
    };
    for (const std::size_t threads : thread_counts()) {
        ready(benchmark::RegisterBenchmark((name + "/cpu/threads:" + std::to_string(threads)).c_str(),
                                           [threads, first = 0.0](benchmark::State& state) mutable {
                                               if (first == 0)
                                                   first = first_step_on_cpu<Case>(
                                                       threads);  // later ones find the memory warm
                                               apd::cpu device({.threads = threads});
                                               time_steps<Case>(state, device, 1, 1);
                                               state.counters["first_step_ms"] = first;
                                               state.counters["peak_MB"] = peak_megabytes();
                                           }));
    }
#if defined(__CUDACC__)
    for (const std::size_t count : together)
        benchmark::RegisterBenchmark((name + "/cuda/together:" + std::to_string(count)).c_str(),
                                     [count, steps_on_gpu](benchmark::State& state) {
                                         apd::cuda device;
                                         time_steps<Case>(state, device, count, steps_on_gpu);
                                     })
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond)
            ->Iterations(5);  // of many steps each
#else
    static_cast<void>(together), static_cast<void>(steps_on_gpu);
#endif
}

inline int run_all(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}

}  // namespace timed
