// What single ideas are worth: a step of TMS 40-10 on one thread, with all of them, and with one taken away.
//
//   build/release/benchmarks/bench_ideas

#include "timed_step.hpp"
#include "toy_case.hpp"

namespace {

/// The CPU, but it knows nothing of zeros: all samples are computed, and all inputs multiplied by.
struct cpu_with_zeros : apd::cpu {
    using apd::cpu::cpu;
    void nonzero_first(const auto&) = delete;
    static cpu_with_zeros fork() { return cpu_with_zeros({.threads = 1}); }
};

/// TMS 40-10 with another attribution.
template <const auto& Attribution>
struct toy_with : timed::tms_40_10 {
    static auto objective() {
        const auto active = apd::batch_top_k(Attribution, paper_40_10.k);
        return apd::faithfulness() + paper_40_10.minimality * apd::minimality(active) +
               paper_40_10.simplicity * apd::simplicity(active, apd::schatten(paper_40_10.p));
    }
};
constexpr auto through_layers = apd::gradient_attribution(apd::of_target, apd::forward_mode);
constexpr auto backwards = apd::gradient_attribution(apd::of_target, apd::reverse_mode);

template <class Case, class Device>
void add(const char* name) {
    benchmark::RegisterBenchmark(name,
                                 [](benchmark::State& state) {
                                     Device device({.threads = 1});
                                     timed::time_steps<Case>(state, device, 1, 1);
                                 })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
    add<timed::tms_40_10, apd::cpu>("everything");
    add<timed::tms_40_10, cpu_with_zeros>("zeros are computed");
    add<toy_with<through_layers>, apd::cpu>("attributions by tangents through every layer");
    add<toy_with<backwards>, apd::cpu>("attributions by one cotangent for each output");
    return timed::run_all(argc, argv);
}
