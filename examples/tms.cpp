// The toy model of superposition taken apart: y = relu(W Wᵀ x + b) represents more features than it has hidden
// dimensions, one row of W for each. The right parameter components are those rows, one at a time.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <apd/apd.hpp>

#include "device_options.hpp"
#include "tms_settings.hpp"

namespace {

struct command_line {
    std::string model = "5-2", target, out = "tms_results";
    std::size_t components = 5, steps = 20'000, seeds = 5;
    std::uint64_t seed = 0;
    device_options where;
};

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
        came_out += matches[r].comes_out();
    }
    std::printf("%zu of %zu came out (MMCS at least 0.99, ML2R from 0.85 to 1.15), in %.1f s\n", came_out,
                results.size(), results.front().seconds);
}

template <std::size_t Features, std::size_t Hidden, std::size_t Components>
int run(auto& device, const command_line& options, const tms_settings& paper) {
    using network = tms<Features, Hidden>;
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    const auto folder = [&](std::uint64_t seed) {
        return options.seeds > 1 ? out / ("seed_" + std::to_string(seed)) : out;
    };

    // The method, with the paper's hyperparameters; each seed has its own data, target and initial components.
    const auto active = apd::batch_top_k(apd::gradient_attribution(), paper.k);
    const auto objective = apd::faithfulness() + paper.minimality * apd::minimality(active) +
                           paper.simplicity * apd::simplicity(active, apd::schatten(paper.p));
    const auto plan_of = [&](std::uint64_t seed) {
        const apd::sparse_features<Features> data{.probability = 0.05, .low = 0, .high = 1, .seed = seed};
        const auto target = [&]() -> apd::parameters<network> {
            if (!options.target.empty()) return apd::load(options.target);
            auto training = paper.target;
            training.seed = seed;
            return apd::train<network>(device, data, training);
        }();
        apd::save(target, folder(seed) / "target.safetensors");
        return apd::plan{target, data, objective,
                         apd::decompose_options{.steps = options.steps,
                                                .batch = 2048,
                                                .learning_rate = paper.learning_rate,
                                                .shape = paper.shape,
                                                .warm_up = 0.05,
                                                .seed = seed,
                                                .stop = stop}};
    };
    std::vector<decltype(plan_of(0))> plans;
    for (std::size_t i = 0; i < options.seeds && (i == 0 || !*stop); ++i) plans.push_back(plan_of(options.seed + i));
    const auto results =
        apd::decompose<Components, Hidden + 1>(device, plans, apd::progress_bar("tms " + options.model));

    std::vector<apd::column_match_result> matches;
    std::vector<double> mmcs, ml2r;
    nlohmann::ordered_json summaries;
    for (const auto& result : results) {
        const auto match = matches.emplace_back(apd::column_match<"W">(result.target, result));
        mmcs.push_back(match.mmcs), ml2r.push_back(match.ml2r);
        apd::save(result, folder(result.options.seed) / "components.safetensors");
        auto& numbers = summaries.emplace_back(apd::summary(result));
        numbers["model"] = "tms " + options.model, numbers["MMCS"] = match.mmcs, numbers["ML2R"] = match.ml2r;
    }
    apd::write_file_atomically(out / "summary.json", summaries.dump(2));
    apd::write_report(results, out / "report.html",
                      {.title = "Toy model of superposition " + options.model + ", taken apart",
                       .subtitle = "A network that represents more features than it has hidden dimensions, "
                                   "decomposed into parameter components: each should hold one feature.",
                       .columns = {{"MMCS", mmcs}, {"ML2R", ml2r}}});
    print_table(results, matches);
    std::cout << "Wrote " << (out / "report.html").string()
              << " (open it in a browser), summary.json, targets and components.\n";
    return *stop ? 130 : 0;
}

int choose(auto& device, const command_line& options) {
    if (options.model == "40-10") return run<40, 10, 50>(device, options, paper_40_10);
    if (options.components == 20) return run<5, 2, 20>(device, options, paper_5_2);
    return run<5, 2, 5>(device, options, paper_5_2);
}

}  // namespace

int main(int argc, char** argv) {
    command_line options;
    CLI::App app("Takes a toy model of superposition apart into parameter components.");
    app.option_defaults()->always_capture_default();
    app.add_option("--model", options.model, "Features and hidden dimensions")->check(CLI::IsMember({"5-2", "40-10"}));
    app.add_option("--components", options.components, "Components of a 5-2 model (40-10 has 50)")
        ->check(CLI::IsMember({5, 20}));
    app.add_option("--target", options.target, "A trained target, W and b in safetensors (else one is trained)");
    app.add_option("--seed", options.seed, "The first seed: of the data, the target and the initial components");
    app.add_option("--seeds", options.seeds, "How many seeds to run")->check(CLI::PositiveNumber);
    app.add_option("--steps", options.steps, "Steps of a decomposition")->check(CLI::PositiveNumber);
    options.where.add_to(app);
    app.add_option("--out", options.out, "The folder for targets, components, summary.json and report.html");
    CLI11_PARSE(app, argc, argv);
    try {
        return options.where.run([&](auto& device) { return choose(device, options); });
    } catch (const std::exception& failure) {
        std::cerr << "tms: " << failure.what() << '\n';
        return 1;
    }
}
