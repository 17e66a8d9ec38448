// Toy models of superposition by SPD, with what the published code chose (the branch `main` of February 2026).

#include "toy_models.hpp"

namespace {

template <class Toy, std::size_t C>
struct spd {
    static constexpr const char* name = "SPD";
    using shape = apd::tied_factors<apd::subcomponents<C>, Toy::last_site, 0>;
    double importance, power;
    std::size_t steps = 10'000;
    decltype(apd::private_importances<16>()) importances{};

    auto objective() const {
        return importance * apd::importance_minimality(importances, power) +
               apd::reconstruction(apd::stochastic(importances)) +
               apd::reconstruction(apd::stochastic(importances), apd::each_site);
    }
    apd::decompose_options options() const {
        return {.steps = steps,
                .batch = 4096,
                .shape = apd::decay::half_cosine,
                .faithful = {.steps = 200, .weight_decay = 0.1}};
    }
};

template <std::size_t Features, std::size_t Hidden, bool HasMiddle, std::size_t C>
int run(const tms_command_line& options, double importance, double power, std::size_t steps,
        const apd::train_options& training) {
    using model = toy<Features, Hidden, HasMiddle>;
    return options.where.run([&](auto& device) {
        return take_apart<model>(device, options, spd<model, C>{importance, power, steps}, training);
    });
}

}  // namespace

int take_apart_by_spd(const tms_command_line& options) {
    const apd::train_options small{.steps = 10'000, .batch = 1024}, large{.steps = 10'000, .batch = 8192};
    if (options.model == "5-2") return run<5, 2, false, 20>(options, 3e-3, 1, 10'000, small);
    if (options.model == "5-2-id") return run<5, 2, true, 20>(options, 3e-3, 1, 10'000, small);
    if (options.model == "40-10") return run<40, 10, false, 200>(options, 1e-4, 2, 10'000, large);
    return run<40, 10, true, 200>(options, 1e-4, 2, 20'000, large);
}
