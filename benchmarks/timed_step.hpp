#pragma once
// The time of one step of a decomposition on any backend: data, target, attributions, mask, masked pass, losses,
// gradients, update. The cases are those of apd_torch.py: random targets and factors, batch 2048.

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <apd/apd.hpp>

namespace timed {

/// The rows of W_E or, without one, of the first site have length 1; every other matrix [d_in, d_out] has deviation
/// 1/√d_in.
template <class Net>
apd::parameters<Net> random_target() {
    apd::parameters<Net> target;
    std::uint32_t stream = 0;
    apd::repeat<Net::parametrised.size()>([&](auto p) {
        if constexpr (apd::matrix_use<typename Net::template parameter_at<p>>) {
            constexpr auto sizes = Net::template parameter_at<p>::shape::sizes;
            const auto w = target.template at<p>();
            apd::detail::fill_normal<float>(w, 1 / std::sqrt(static_cast<double>(sizes[0])), 1, stream++);
            if (p != 0) return;
            for (std::size_t row = 0; row < w.size(); row += sizes[1]) {
                double length = 0;
                for (std::size_t o = 0; o < sizes[1]; ++o) length += std::pow(w[row + o], 2);
                for (std::size_t o = 0; o < sizes[1]; ++o) w[row + o] /= static_cast<float>(std::sqrt(length));
            }
        }
    });
    return target;
}

/// A decomposition that can be stepped. Case: `network`, `components`, `rank`, `columns`, `data(seed)`, `objective()`.
template <class Case, class Device>
class run {
    using network = typename Case::network;
    using problem_type = apd::problem<Device, float, network, Case::components, Case::rank>;
    using objective_type = decltype(Case::objective());
    using host_factors = apd::factors<network, Case::components, Case::rank, float>;

  public:
    run(Device& device, std::uint64_t seed)
        : data_(Case::data(seed)),
          problem_(device, random_target<network>(), 2048),
          run_(problem_, Case::objective(), Case::columns) {
        host_factors factors;
        for (auto* side : {&factors.left, &factors.right})
            for (auto& factor : *side) apd::detail::fill_normal<float>(factor, 0.3, 2 + seed, 0);
        problem_.factors.upload(device, factors);
    }
    void step() {
        run_.fill(data_, apd::step_number((*problem_.step).data));
        run_.differentiate();
        run_.update(apd::schedule{.learning_rate = 1e-3}.over(1'000'000));
    }
    /// Waits for all steps.
    void finish() {
        std::uint32_t steps = 0;
        problem_.device.download(*problem_.step, std::span(&steps, 1));
    }

  private:
    decltype(Case::data(0)) data_;
    problem_type problem_;
    apd::decomposition_run<problem_type, objective_type> run_;
};

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
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
        state.SetIterationTime(passed.count() / static_cast<double>(together * steps_at_once));
    }
}

/// A case on one and two threads, as many decompositions at once as there are in `together`, and on a GPU.
template <class Case>
void add(const std::string& name, const std::vector<std::size_t>& together, std::size_t steps_on_gpu) {
    const auto ready = [](benchmark::internal::Benchmark* added) {
        added->UseManualTime()->Unit(benchmark::kMillisecond);
    };
    for (const std::size_t threads : {1U, 2U}) {
        ready(benchmark::RegisterBenchmark((name + "/cpu/threads:" + std::to_string(threads)).c_str(),
                                           [threads](benchmark::State& state) {
                                               apd::cpu device({.threads = threads});
                                               time_steps<Case>(state, device, 1, 1);
                                           }));
    }
#if defined(__CUDACC__)
    for (const std::size_t count : together)
        ready(benchmark::RegisterBenchmark((name + "/cuda/together:" + std::to_string(count)).c_str(),
                                           [count, steps_on_gpu](benchmark::State& state) {
                                               apd::cuda device;
                                               time_steps<Case>(state, device, count, steps_on_gpu);
                                           }));
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
