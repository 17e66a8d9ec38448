// The toy model of superposition taken apart: y = relu(W Wᵀ x + b) represents more features than it has hidden
// dimensions, one row of W for each. The right parameter components are those rows, one at a time.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <apd/apd.hpp>
#include <apd/report.hpp>

#include "support/arguments.hpp"
#include "tms_command_line.hpp"
#include "tms_settings.hpp"

namespace {

template <class Results, class Matches>
void print_table(const Results& results, const std::vector<Matches>& matches) {
    std::printf("\n%6s %8s %8s", "seed", "MMCS", "ML2R");
    for (const auto& term : results.front().terms) std::printf(" %13s", term.c_str());
    std::printf("\n");
    std::size_t came_out = 0;
    for (std::size_t r = 0; r < results.size(); ++r) {
        const auto& run = results[r];
        std::printf("%6llu %8.4f %8.4f", static_cast<unsigned long long>(run.options.seed), matches[r].mmcs,
                    matches[r].ml2r);
        if (!run.history.empty())
            for (const double value : run.history.back().values) std::printf(" %13.3e", value);
        std::printf("  %s\n", !run.failure.empty()                      ? run.failure.c_str()
                              : run.completed_steps < run.options.steps ? "(stopped early)"
                                                                        : "");
        came_out += matches[r].is_recovered();
    }
    std::printf("%zu of %zu came out (MMCS at least 0.99, ML2R from 0.85 to 1.15), in %.1f s\n", came_out,
                results.size(), results.front().seconds);
}

template <std::size_t Features, std::size_t Hidden, std::size_t Components>
int run(auto& device, const tms_command_line& options, const tms_settings& paper) {
    using network = tms<Features, Hidden>;
    using data_type = apd::sparse_features<Features>;
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    const auto folder = [&](std::uint64_t seed) {
        return options.seeds > 1 ? out / ("seed_" + std::to_string(seed)) : out;
    };

    // Each seed has its own data, target and first components.
    using target_type = apd::parameters<network>;
    const auto decomposed = [&](auto plan_of) {
        std::vector<decltype(plan_of(std::declval<target_type>(), std::declval<data_type>()))> plans;
        for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds && !*stop; ++seed) {
            const data_type data{.probability = 0.05, .low = 0, .high = 1, .seed = seed};
            auto training = paper.target;
            training.seed = seed;
            const target_type target = options.target.empty() ? apd::train<network>(device, data, training)
                                                              : target_type(apd::load(options.target));
            apd::save(target, folder(seed) / "target.safetensors");
            plans.push_back(plan_of(target, data));
        }
        if (*stop) plans.clear();  // not all are there
        return apd::decompose(device, plans, apd::progress_bar("tms " + options.model),
                              options.saves.from(out, "checkpoint", options.seeds), checkpoints::of(out, "checkpoint"));
    };
    const auto results = [&] {
        if (options.recipe == "robust")
            return decomposed([&](const target_type& target, const data_type& data) {
                apd::robust_recipe recipe{.seed = data.seed, .stop = stop};
                recipe.steps = options.steps.value_or(recipe.steps);
                return apd::robust_plan<Components, Hidden + 1>(device, target, data, recipe);
            });
        // The method as published, with the paper's hyperparameters.
        return decomposed([&](const target_type& target, const data_type& data) {
            const auto active = apd::batch_top_k(apd::gradient_attribution(), paper.k);
            const auto objective = apd::faithfulness() + paper.minimality * apd::minimality(active) +
                                   paper.simplicity * apd::simplicity(active, apd::schatten(paper.p));
            const apd::decompose_options published{.steps = options.steps.value_or(20'000),
                                                   .batch = 2048,
                                                   .learning_rate = paper.learning_rate,
                                                   .shape = paper.shape,
                                                   .warm_up = 0.05,
                                                   .seed = data.seed,
                                                   .stop = stop};
            return apd::plan{
                target, data, objective, published,
                apd::factors<network, apd::shared_components<Components, Hidden + 1>, float>::random(data.seed, 1)};
        });
    }();
    if (results.empty()) return apd::stopped_exit_code;

    std::vector<apd::column_match_result> matches;
    std::vector<double> mmcs, ml2r;
    std::vector<xt::xtensor<double, 2>> attributions;
    std::vector<std::string> summaries;
    for (const auto& result : results) {
        apd::evaluator answers(device, result, Features);
        attributions.emplace_back(apd::attribution_matrix(answers));
        const auto match = matches.emplace_back(apd::column_match<"W">(result.target, result));
        mmcs.push_back(match.mmcs), ml2r.push_back(match.ml2r);
        apd::save(result, folder(result.options.seed) / "components.safetensors");
        summaries.push_back(
            apd::summary(result, {{"model", "tms " + options.model}, {"MMCS", match.mmcs}, {"ML2R", match.ml2r}}));
    }
    apd::write_file_atomically(out / "summary.json", apd::summaries(summaries));
    apd::write_report(results, out / "report.html",
                      {.title = "Toy model of superposition " + options.model + ", taken apart",
                       .subtitle = "A network that represents more features than it has hidden dimensions, "
                                   "decomposed into parameter components: each should hold one feature.",
                       .columns = {{"MMCS", mmcs}, {"ML2R", ml2r}},
                       .attributions = attributions});
    print_table(results, matches);
    std::cout << "Wrote " << (out / "report.html").string()
              << " (open it in a browser), summary.json, targets and components.\n";
    if (*stop) return apd::stopped_exit_code;
    return std::ranges::all_of(results, [](const auto& each) { return each.failure.empty(); }) ? 0 : 1;
}

int choose(auto& device, const tms_command_line& options) {
    if (options.model == "40-10") return run<40, 10, 50>(device, options, paper_40_10);
    if (options.components == 20) return run<5, 2, 20>(device, options, paper_5_2);
    return run<5, 2, 5>(device, options, paper_5_2);
}

}  // namespace

int main(int argc, char** argv) {
    tms_command_line options;
    arguments line("Takes a toy model of superposition apart into parameter components, or into subcomponents.");
    line.add("--method", options.method, "APD, or its successors with learned importances", {"apd", "spd", "vpd"});
    line.add("--model", options.model,
             "Features and hidden dimensions; -id with an identity between the matrices, by spd or vpd",
             {"5-2", "5-2-id", "40-10", "40-10-id"});
    line.add("--components", options.components, "Components of a 5-2 model by apd (40-10 has 50)", {"5", "20"});
    line.add("--recipe", options.recipe, "How, by apd: robustly, or as published, with the paper's hyperparameters",
             {"robust", "published"});
    line.add("--target", options.target, "A trained target, W and b in safetensors (else one is trained)");
    line.add("--seed", options.seed, "The first seed: of the data, the target and the initial components");
    line.add("--seeds", options.seeds, "How many seeds to run", arguments::positive);
    line.add("--steps", options.steps, "Steps of a decomposition (else as many as the recipe has)");
    options.where.add_to(line);
    options.saves.add_to(line);
    line.add("--out", options.out, "The folder for targets, components, summary.json and report.html");
    return line.run(argc, argv, [&] {
        if (options.method == "spd") return take_apart_by_spd(options);
        if (options.method == "vpd") return take_apart_by_vpd(options);
        if (options.model.ends_with("-id"))
            throw apd::error("model " + options.model, "apd takes no models with an identity apart",
                             "choose --method spd, or vpd");
        return options.where.run([&](auto& device) { return choose(device, options); });
    });
}
