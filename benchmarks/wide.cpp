// Gradient attributions of a block as wide as GPT-2's, 768 → 3072 → 768 with 200 components, 256 samples: exactly, and
// estimated from a few random cotangents; and of how many of the largest attributions of a batch the estimate is sure.
//
//   build/release/benchmarks/bench_wide

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include <apd/apd.hpp>

namespace {

constexpr std::size_t width = 768, inner = 3072, C = 200, B = 256, kept = 10;  // of the components, on a sample
using block = apd::network<
    apd::residual<apd::linear<"in", width, inner>, apd::bias<"b", inner>, apd::gelu, apd::linear<"out", inner, width>>>;

struct timed {
    std::vector<float> values;  // [B, C]
    double seconds = 0;
};

template <std::size_t Rank, class Attribution>
timed measure(const Attribution& attribution, std::size_t turns) {
    using shape = apd::shared_components<C, Rank>;
    apd::cpu device({.threads = 1});
    using problem_type = apd::ext::problem<apd::cpu, float, block, shape>;
    problem_type problem(device, apd::initial_parameters<block>(0), apd::ext::batch_rows{B}, 0);
    problem.factors.upload_random(device, 1, 1);
    std::vector<float> x(B * width);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(apd::ext::random_word({.seed = 2, .stream = apd::ext::data_stream}, i, 0)) / 2e9F - 1;
    device.upload(std::span<const float>(x), *problem.x);
    apd::ext::node_states<problem_type> run(problem);
    run.add(attribution);
    run.evaluate();
    timed found;
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < turns; ++i) run.evaluate();
    found.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / static_cast<double>(turns);
    found.values.resize(B * C);
    device.download(run(attribution).value(), std::span(found.values));
    return found;
}
// The share of the largest attributions of the batch that are among the largest by the estimate too.
double agreement(const std::vector<float>& exact, const std::vector<float>& estimate) {
    const auto largest = [](const std::vector<float>& a) {
        std::vector<std::uint32_t> order(a.size());
        std::iota(order.begin(), order.end(), 0U);
        std::nth_element(order.begin(), order.begin() + B * kept, order.end(),
                         [&](std::uint32_t i, std::uint32_t j) { return a[i] > a[j]; });
        order.resize(B * kept);
        std::sort(order.begin(), order.end());
        return order;
    };
    const auto a = largest(exact), b = largest(estimate);
    std::vector<std::uint32_t> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return static_cast<double>(both.size()) / static_cast<double>(B * kept);
}
template <std::size_t Rank>
void compare() {
    const timed exact = measure<Rank>(apd::gradient_attribution(), 1);
    std::printf("\n| rank %zu | s | times as fast | of the %zu largest in the batch |\n|---|--:|--:|--:|\n", Rank,
                B * kept);
    std::printf("| exact | %.2f | 1 | 100 %% |\n", exact.seconds);
    const auto row = [&]<std::size_t Probes>(std::integral_constant<std::size_t, Probes>) {
        const timed found = measure<Rank>(apd::estimated_gradient_attribution<Probes>(), 3);
        std::printf("| %zu probes | %.3f | %.0f | %.0f %% |\n", Probes, found.seconds, exact.seconds / found.seconds,
                    100 * agreement(exact.values, found.values));
    };
    row(std::integral_constant<std::size_t, 4>{});
    row(std::integral_constant<std::size_t, 16>{});
    row(std::integral_constant<std::size_t, 64>{});
}

}  // namespace

int main() {
    compare<1>();
    compare<16>();
}
