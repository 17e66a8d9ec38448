// Toy models of superposition by what came of VPD: a smooth count of importances, frequencies as a loss of their own,
// adversarial and stochastic masks in one pass (the settings that its code has for toys in August 2026).

#include "toy_models.hpp"

namespace {

template <std::size_t Hidden, std::size_t C>
struct vpd {
    static constexpr const char* name = "VPD";
    using shape = apd::subcomponents<C>;
    double importance;
    decltype(apd::shared_importances<Hidden>()) importances{};
    static constexpr std::size_t steps = 20'000;

    auto objective() const {
        const apd::smooth_l0 count({1, 0.01, 0, steps}, true);
        return importance * apd::importance_minimality(importances, count) +
               importance / 2 * apd::frequency_minimality(importances, count, 32'768) +
               apd::reconstruction(
                   apd::merged(importances, 0.5,
                               {.rate = 0.01, .ramp = 0.025 * steps, .before = 2, .beta1 = 0.01, .beta2 = 0.99}),
                   apd::random_sites) +
               apd::relative_faithfulness();
    }
    static apd::decompose_options options() {
        return {.steps = steps,
                .batch = 4096,
                .shape = apd::decay::half_cosine,
                .final_share = 0.1,
                .limits = {.factors = 1, .others = 1},
                .faithful = {.steps = 200}};
    }
};

template <std::size_t Features, std::size_t Hidden, bool HasMiddle, std::size_t Units, std::size_t C>
int run(const tms_command_line& options, double importance, const apd::train_options& training) {
    return options.where.run([&](auto& device) {
        return take_apart<toy<Features, Hidden, HasMiddle>>(device, options, vpd<Units, C>{importance}, training);
    });
}

}  // namespace

int take_apart_by_vpd(const tms_command_line& options) {
    const apd::train_options small{.steps = 10'000, .batch = 1024}, large{.steps = 10'000, .batch = 8192};
    if (options.model == "5-2") return run<5, 2, false, 50, 20>(options, 8e-4, small);
    if (options.model == "5-2-id") return run<5, 2, true, 50, 20>(options, 8e-4, small);
    if (options.model == "40-10") return run<40, 10, false, 200, 100>(options, 6e-5, large);
    return run<40, 10, true, 200, 100>(options, 6e-5, large);
}
