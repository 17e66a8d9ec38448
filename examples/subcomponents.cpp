// Toy models of superposition taken apart into subcomponents by SPD: what each feature needs of every matrix, with
// importances that are learned. With an identity in the middle, that matrix needs as many as it has dimensions.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <apd/apd.hpp>
#include <apd/report.hpp>

#include "checkpoints.hpp"
#include "device_options.hpp"
#include "support/arguments.hpp"
#include "tms_settings.hpp"

namespace {

struct command_line {
    std::string model = "5-2", out = "subcomponents_results";
    std::size_t seeds = 1, seed = 0;
    std::optional<std::size_t> steps;
    device_options where;
    checkpoints saves;
};

/// The toy model as two sites, or three: W, perhaps an identity, and Wᵀ.
template <std::size_t Features, std::size_t Hidden, bool HasMiddle>
struct toy {
    using first = apd::linear<"in", Features, Hidden>;
    using last = apd::linear<"out", Hidden, Features>;
    using bias = apd::bias<"b", Features>;
    using network =
        std::conditional_t<HasMiddle, apd::network<first, apd::linear<"middle", Hidden, Hidden>, last, bias, apd::relu>,
                           apd::network<first, last, bias, apd::relu>>;

    static apd::parameters<network> from(const apd::parameters<tms<Features, Hidden>>& tied) {
        apd::parameters<network> target;
        const auto w = tied.template get<"W">();
        const auto b = tied.template get<"b">();
        for (std::size_t f = 0; f < Features; ++f)
            for (std::size_t h = 0; h < Hidden; ++h)
                target.template get<"in">()[f * Hidden + h] = target.template get<"out">()[h * Features + f] =
                    w[f * Hidden + h];
        if constexpr (HasMiddle)
            for (std::size_t h = 0; h < Hidden; ++h) target.template get<"middle">()[h * Hidden + h] = 1;
        std::ranges::copy(b, target.template get<"b">().begin());
        return target;
    }
};

/// What the published code chose for these models (the branch `main` of February 2026).
struct spd_settings {
    double importance, power;
    std::size_t steps;
    apd::train_options target;
};

template <std::size_t Features, std::size_t Hidden, bool HasMiddle, std::size_t C>
int run(auto& device, const command_line& options, const spd_settings& published) {
    constexpr std::size_t last = HasMiddle ? 2 : 1;
    using shape = apd::tied_factors<apd::subcomponents<C>, last, 0>;
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    const auto ci = apd::private_importances<16>();
    const auto objective = published.importance * apd::importance_minimality(ci, published.power) +
                           apd::reconstruction(apd::stochastic(ci)) +
                           apd::reconstruction(apd::stochastic(ci), apd::each_site);
    const auto plan_of = [&](std::uint64_t seed) {
        const apd::sparse_features<Features> data{.probability = 0.05, .low = 0, .high = 1, .seed = seed};
        auto training = published.target;
        training.seed = seed;
        const apd::decompose_options spd{.steps = options.steps.value_or(published.steps),
                                         .batch = 4096,
                                         .shape = apd::decay::half_cosine,
                                         .faithful = {.steps = 200, .weight_decay = 0.1},
                                         .seed = seed,
                                         .stop = stop};
        return apd::plan{
            toy<Features, Hidden, HasMiddle>::from(apd::train<tms<Features, Hidden>>(device, data, training)), data,
            objective, spd};
    };
    std::vector<decltype(plan_of(0))> plans;
    for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds && !*stop; ++seed)
        plans.push_back(plan_of(seed));
    if (*stop) return apd::stopped_exit_code;
    const auto results =
        apd::decompose<shape>(device, plans, apd::progress_bar("SPD of tms " + options.model),
                              options.saves.from(out, "checkpoint", options.seeds), checkpoints::of(out, "checkpoint"));

    std::printf("%6s %7s %8s %8s %10s\n", "seed", "errors", "MMCS", "ML2R", "per input");
    std::size_t came_out = 0;
    std::vector<double> errors, mmcs, ml2r;
    std::vector<xt::xtensor<double, 2>> importances;
    for (const auto& result : results) {
        apd::evaluator answers(device, result, 256);
        const auto& g = importances.emplace_back(apd::importance_matrix(answers, ci));
        std::size_t wrong =
            apd::identity_error(apd::of_site(answers, g, 0)) + apd::identity_error(apd::of_site(answers, g, last));
        if (HasMiddle) wrong += apd::dense_error(apd::of_site(answers, g, 1), Hidden);
        const auto match = apd::column_match<"in">(result.target, result);
        const apd::sparse_features<Features> data{
            .probability = 0.05, .low = 0, .high = 1, .seed = result.options.seed};
        double active = 0;
        for (const float entry : answers.importances(answers.inputs(data, 4096), ci)) active += entry > 0.1F;
        errors.push_back(static_cast<double>(wrong)), mmcs.push_back(match.mmcs), ml2r.push_back(match.ml2r);
        came_out += wrong == 0;
        std::printf("%6llu %7zu %8.4f %8.4f %10.3f %s\n", static_cast<unsigned long long>(result.options.seed), wrong,
                    match.mmcs, match.ml2r, active / 4096, result.failure.c_str());
    }
    std::printf("%zu of %zu came out (importances of every feature alone, to 0.1), in %.1f s\n", came_out,
                results.size(), results.front().seconds);
    apd::write_report(
        results, out / "report.html",
        {.title = "Toy model of superposition " + options.model + ", taken apart by SPD",
         .subtitle = "Every matrix as a sum of subcomponents, and how much each of them matters for every feature.",
         .columns = {{"errors", errors}, {"MMCS", mmcs}, {"ML2R", ml2r}},
         .attributions = importances});
    std::cout << "Wrote " << (out / "report.html").string() << " (open it in a browser).\n";
    if (*stop) return apd::stopped_exit_code;
    return std::ranges::all_of(results, [](const auto& each) { return each.failure.empty(); }) ? 0 : 1;
}

int choose(auto& device, const command_line& options) {
    const spd_settings small{3e-3, 1, 10'000, {.steps = 10'000, .batch = 1024}};
    const spd_settings large{1e-4, 2, 10'000, {.steps = 10'000, .batch = 8192}};
    if (options.model == "5-2") return run<5, 2, false, 20>(device, options, small);
    if (options.model == "5-2-id") return run<5, 2, true, 20>(device, options, small);
    return run<40, 10, false, 200>(device, options, large);
}

}  // namespace

int main(int argc, char** argv) {
    command_line options;
    arguments line("Takes a toy model of superposition apart into subcomponents by SPD.");
    line.add("--model", options.model, "Features and hidden dimensions, -id with an identity between the matrices",
             {"5-2", "5-2-id", "40-10"});
    line.add("--seed", options.seed, "The first seed: of the data, the target and the first subcomponents");
    line.add("--seeds", options.seeds, "How many seeds to run", arguments::positive);
    line.add("--steps", options.steps, "Steps of a decomposition (else as many as published)");
    options.where.add_to(line);
    options.saves.add_to(line);
    line.add("--out", options.out, "The folder for report.html and checkpoints");
    if (const auto end = line.read(argc, argv)) return *end;
    try {
        return options.where.run([&](auto& device) { return choose(device, options); });
    } catch (const std::exception& failure) {
        std::cerr << "subcomponents: " << failure.what() << '\n';
        return 1;
    }
}
