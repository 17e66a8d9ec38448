// What the statements of a layer of attention reach, forwards and backwards, at several lengths: 4 heads of 32 numbers,
// 1024 rows. Compare with the multiplication of bench_peaks on one thread.
//
//   build/release/benchmarks/bench_attention

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <span>
#include <type_traits>
#include <vector>

#include <apd/apd.hpp>

#include "counted.hpp"

namespace {

template <std::size_t Length>
void measure() {
    using layer = apd::causal_attention<Length, 4, 32>;
    using device_type = counting::counted<apd::cpu>;
    constexpr std::size_t rows = 1024, inputs = layer::inputs, outputs = layer::outputs();
    constexpr std::size_t room = layer::workspace(inputs), steps = 100;
    device_type device([] { return apd::cpu({.threads = 1}); });
    const auto make = [&]<std::size_t Width>(std::integral_constant<std::size_t, Width>) {
        return apd::ext::array<device_type, float, apd::ext::extents<apd::ext::dynamic, Width>>(device, rows);
    };
    const auto x = make(std::integral_constant<std::size_t, inputs>{}),
               gx = make(std::integral_constant<std::size_t, inputs>{});
    const auto y = make(std::integral_constant<std::size_t, outputs>{});
    const auto kept = make(std::integral_constant<std::size_t, room>{}),
               workspace = make(std::integral_constant<std::size_t, room>{});
    std::vector<float> numbers(rows * inputs);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<float>(
                         apd::ext::random_word({.seed = 0, .stream = apd::ext::data_stream, .step = 0}, i, 0) % 1000) /
                     1000;
    device.upload(std::span<const float>(numbers), *x);
    const apd::ext::no_parameter none;
    const auto step = [&] {
        layer::forward(device, none, *x, *y, *kept);
        layer::pullback(device, none, *x, *y, *gx, *kept, *workspace);
    };
    step();
    device.costs().is_open = true;
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < steps; ++i) step();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    std::printf("\n### %zu positions: %.3f ms\n\n", Length, 1e3 * passed.count() / steps);
    counting::print_table(device.costs(), steps, passed.count(), 20);
}

}  // namespace

int main() {
    measure<64>();
    measure<128>();
    measure<512>();
}
