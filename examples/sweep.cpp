// A sweep: the toy model of superposition decomposed with every k, α and seed of a grid, all of them together. How
// often does the method come out?

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
    std::vector<double> k{0.15, 0.2, 0.25, 0.3}, simplicity{0.3, 0.5, 0.7, 1.0};
    std::size_t seeds = 5, steps = 20'000;
    std::string out = "sweep_results";
    device_options where;
};

/// The runs of one cell of the grid: how many came out, and the means of all.
struct cell {
    std::size_t came_out = 0, runs = 0;
    double mmcs = 0, ml2r = 0;
};

std::vector<std::string> labels(const std::vector<double>& values) {
    std::vector<std::string> text;
    for (const double value : values) text.push_back(apd::svg::label(value));
    return text;
}

void write_report(const command_line& options, const std::vector<cell>& cells, const std::filesystem::path& path) {
    apd::share_grid grid{.row_name = "k",
                         .column_name = "α, the coefficient of simplicity",
                         .rows = labels(options.k),
                         .columns = labels(options.simplicity),
                         .came_out = {},
                         .runs = {}};
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto& each = cells[i];
        grid.came_out.push_back(each.came_out);
        grid.runs.push_back(each.runs);
        rows.push_back({grid.rows[i / grid.columns.size()], grid.columns[i % grid.columns.size()],
                        std::to_string(each.came_out), std::to_string(each.runs), apd::svg::label(each.mmcs),
                        apd::svg::label(each.ml2r)});
    }
    apd::page report("A sweep over k and α",
                     "The toy model 5-2, decomposed into five components on several seeds for each pair of values.");
    report.heading("How many runs come out")
        .figure(apd::share_figure(grid,
                                  "Seeds on which every feature is found in direction and length: MMCS at least "
                                  "0.99, ML2R from 0.85 to 1.15. k is the mean number of active components of a "
                                  "sample."))
        .heading("Means over seeds")
        .table({"k", "α", "came out", "runs", "MMCS", "ML2R"}, rows);
    apd::write_file_atomically(path, report.html());
}

int run(auto& device, const command_line& options) {
    using network = tms<5, 2>;
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();

    // One target for each seed; a plan for each pair of values and each seed.
    std::vector<apd::parameters<network>> targets;
    for (std::uint64_t seed = 0; seed < options.seeds; ++seed) {
        auto training = paper_5_2.target;
        training.seed = seed;
        targets.push_back(apd::train<network>(device, apd::sparse_features<5>{.seed = seed}, training));
    }
    const auto plan_of = [&](double k, double simplicity, std::uint64_t seed) {
        const auto active = apd::batch_top_k(apd::gradient_attribution(), k);
        return apd::plan{targets[seed], apd::sparse_features<5>{.seed = seed},
                         apd::faithfulness() + paper_5_2.minimality * apd::minimality(active) +
                             simplicity * apd::simplicity(active, apd::schatten(paper_5_2.p)),
                         apd::decompose_options{.steps = options.steps,
                                                .batch = 2048,
                                                .learning_rate = paper_5_2.learning_rate,
                                                .warm_up = 0.05,
                                                .seed = seed,
                                                .stop = stop}};
    };
    std::vector<decltype(plan_of(1, 1, 0))> plans;
    for (const double k : options.k)
        for (const double simplicity : options.simplicity)
            for (std::uint64_t seed = 0; seed < options.seeds; ++seed) plans.push_back(plan_of(k, simplicity, seed));

    const auto results =
        apd::decompose<5, 3>(device, plans, apd::progress_bar(std::to_string(plans.size()) + " decompositions"));

    std::vector<cell> cells(options.k.size() * options.simplicity.size());
    nlohmann::ordered_json runs;
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto match = apd::column_match<"W">(results[i].target, results[i]);
        cell& here = cells[i / options.seeds];
        ++here.runs;
        here.came_out += match.comes_out();
        here.mmcs += match.mmcs / static_cast<double>(options.seeds);
        here.ml2r += match.ml2r / static_cast<double>(options.seeds);
        runs.push_back({{"k", options.k[i / options.seeds / options.simplicity.size()]},
                        {"simplicity", options.simplicity[i / options.seeds % options.simplicity.size()]},
                        {"seed", results[i].options.seed},
                        {"completed steps", results[i].completed_steps},
                        {"MMCS", match.mmcs},
                        {"ML2R", match.ml2r},
                        {"failure", results[i].failure}});
    }
    apd::write_file_atomically(out / "sweep.json", runs.dump(2));
    write_report(options, cells, out / "report.html");

    std::printf("\n%8s", "k \\ α");
    for (const double simplicity : options.simplicity) std::printf(" %8g", simplicity);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i % options.simplicity.size() == 0) std::printf("\n%7g", options.k[i / options.simplicity.size()]);
        std::printf("  %2zu of %zu", cells[i].came_out, cells[i].runs);
    }
    std::printf("\n%zu decompositions%s in %.1f s\n", results.size(),
                results.front().completed_steps < options.steps ? " (stopped early)" : "", results.front().seconds);
    std::cout << "Wrote " << (out / "report.html").string() << " (open it in a browser) and sweep.json.\n";
    return *stop ? 130 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    command_line options;
    CLI::App app("Decomposes the toy model 5-2 over a grid of k and α, on several seeds each.");
    app.option_defaults()->always_capture_default();
    app.add_option("--k", options.k, "Values of k, the mean number of active components of a sample")
        ->check(CLI::PositiveNumber)
        ->delimiter(',');
    app.add_option("--alpha", options.simplicity, "Values of α, the coefficient of simplicity")
        ->check(CLI::NonNegativeNumber)
        ->delimiter(',');
    app.add_option("--seeds", options.seeds, "Seeds of each pair: of the data, the target and the initial components")
        ->check(CLI::PositiveNumber);
    app.add_option("--steps", options.steps, "Steps of a decomposition")->check(CLI::PositiveNumber);
    options.where.add_to(app);
    app.add_option("--out", options.out, "The folder for sweep.json and report.html");
    CLI11_PARSE(app, argc, argv);
    try {
        return options.where.run([&](auto& device) { return run(device, options); });
    } catch (const std::exception& failure) {
        std::cerr << "sweep: " << failure.what() << '\n';
        return 1;
    }
}
