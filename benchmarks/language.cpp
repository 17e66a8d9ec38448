// A step of a small language model, of its training and of VPD, for the case `vpd_lm` of the PyTorch baseline: one
// block 128 wide, windows of 128 of 512 words, a batch of 8.
//
//   build/release/benchmarks/bench_language [threads] [train|vpd]

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <apd/apd.hpp>

namespace {

constexpr std::size_t length = 128, words = 512, width = 128, heads = 4, inner = 512, components = 150;

using model =
    apd::network<apd::embedding<"wte", words, width>,
                 apd::residual<apd::rms_norm<"rms_1", width>,
                               apd::beside<apd::linear<"q", width, width>, apd::linear<"k", width, width>,
                                           apd::linear<"v", width, width>>,
                               apd::rotary<length, 2 * heads, width / heads, heads>,
                               apd::causal_attention<length, heads, width / heads>, apd::linear<"o", width, width>>,
                 apd::residual<apd::rms_norm<"rms_2", width>, apd::linear<"fc", width, inner>, apd::gelu_tanh,
                               apd::linear<"down", inner, width>>,
                 apd::rms_norm<"ln_f", width>, apd::transposed<"wte">>;
using shape = apd::subcomponents<components, components, components, components, components, components>;

apd::tokens drawn_words() {
    std::vector<std::uint32_t> numbers(100'000);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = apd::ext::random_word({.seed = 3}, i, 0) % static_cast<std::uint32_t>(words);
    return apd::tokens(numbers);
}
// How much longer `seconds(count)` takes for so many steps more than a few, behind a run that is not timed.
void print_step(const char* name, std::size_t steps, const auto& seconds) {
    seconds(3);
    const double first = seconds(3);
    std::printf("%-6s %8.2f ms a step\n", name, 1e3 * (seconds(steps + 3) - first) / static_cast<double>(steps));
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    apd::cpu device({.threads = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1});
    const std::string_view only = argc > 2 ? argv[2] : "";
    const apd::token_windows<length, words> data(drawn_words());
    if (only != "vpd")
        print_step("train", 20, [&](std::size_t steps) {
            const auto began = std::chrono::steady_clock::now();
            apd::train<model>(device, data, {.steps = steps, .batch = 8 * length, .gradient_limit = 1});
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        });
    if (only != "train") {
        const auto target = apd::initial_parameters<model>(0);
        const auto ci = apd::transformer_importances<width, 2, 4, inner>();
        const auto objective =
            1e7 * apd::faithfulness() + 2e-4 * apd::importance_minimality(ci, apd::annealed{2, 0.4, 0, 400'000}, 0.5) +
            0.5 * apd::reconstruction(apd::stochastic(ci), apd::random_sites, apd::kl_divergence) +
            0.5 * apd::reconstruction(apd::persistent_adversary(ci, {.rate = 0.01, .ramp = 10'000, .before = 2}),
                                      apd::all_sites, apd::kl_divergence);
        print_step("vpd", 10, [&](std::size_t steps) {
            return apd::decompose<shape>(
                       device, target, data, objective,
                       {.steps = steps, .batch = 8 * length, .limits = {.factors = 0.01}, .log_every = steps})
                .seconds;
        });
    }
}
