// One step of a decomposition: data, target, attributions, mask, masked pass, losses, gradients, update.
//
//   build/release/benchmarks/bench_steps                           every case, on one thread
//   benchmarks/compare.sh                                          beside the PyTorch baseline
//
// The cases are those of apd_torch.py: random targets with rows of unit length, factors of deviation 0.3, batch 2048.

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <benchmark/benchmark.h>

#include <apd/apd.hpp>

#include "../examples/tms_settings.hpp"

namespace {

template <class Net>
apd::parameters<Net> random_target() {
    apd::parameters<Net> target;
    const auto w = target.template get<"W">();
    apd::detail::fill_normal<float>(w, 1, 1, 0);
    constexpr std::size_t columns = Net::template site_at<0>::shape::sizes[1];
    for (std::size_t row = 0; row < w.size(); row += columns) {
        float length = 0;
        for (std::size_t o = 0; o < columns; ++o) length += w[row + o] * w[row + o];
        for (std::size_t o = 0; o < columns; ++o) w[row + o] /= std::sqrt(length);
    }
    return target;
}

template <class Factors>
Factors random_factors() {
    Factors factors;
    for (auto* side : {&factors.left, &factors.right})
        for (auto& factor : *side) apd::detail::fill_normal<float>(factor, 0.3, 2, 0);
    return factors;
}

template <std::size_t Features, std::size_t Hidden, std::size_t Components>
void step(benchmark::State& state, const tms_settings& paper) {
    using network = tms<Features, Hidden>;
    using problem_type = apd::problem<apd::cpu, float, network, Components, Hidden + 1>;
    apd::cpu device({.threads = static_cast<std::size_t>(state.range(0))});
    const apd::sparse_features<Features> data{.probability = 0.05};
    problem_type problem(device, random_target<network>(), 2048);
    problem.factors.upload(device, random_factors<apd::factors<network, Components, Hidden + 1, float>>());
    const auto active = apd::batch_top_k(apd::gradient_attribution(), paper.k);
    const auto objective = apd::faithfulness() + paper.minimality * apd::minimality(active) +
                           paper.simplicity * apd::simplicity(active, apd::schatten(paper.p));
    apd::decomposition_run<problem_type, std::decay_t<decltype(objective)>> run(problem, objective,
                                                                                apd::column_norm::free);
    std::uint32_t t = 0;
    for (auto _ : state) {
        data.fill(device, t, *problem.x);
        run.differentiate();
        run.update(1e-3, t++);
    }
}

// Real time: threads that wait use no processor.
void add(const char* name, void (*run)(benchmark::State&, const tms_settings&), const tms_settings& paper) {
    benchmark::RegisterBenchmark(name, run, paper)
        ->ArgName("threads")
        ->Arg(1)
        ->Arg(2)
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
    add("tms_5-2", step<5, 2, 5>, paper_5_2);
    add("tms_40-10", step<40, 10, 50>, paper_40_10);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
}
