// A sweep: how often do decompositions of the toy models come out, and what helps? Variants of the method, each on many
// seeds of data, target and first components; docs/robustness.md tells what came of it.
//
//   sweep                                        all variants of the toy model 5-2, twenty seeds
//   sweep --models 40-10 --variants robust       one of another
//
// Every run is a line of sweep.csv as soon as it is done: a sweep that was interrupted goes on where it stopped, and
// several processes may share a folder.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <apd/apd.hpp>
#include <apd/report.hpp>

#include "support/arguments.hpp"
#include "support/sweep_options.hpp"
#include "sweep_parts.hpp"
#include "tms_settings.hpp"

namespace {

const std::vector<std::string> columns{"MMCS", "ML2R", "largest component of no feature", "faithfulness", "seconds"};
struct outcome {
    double mmcs = 0, ml2r = 0, largest_rest = 0, faithfulness = 0, seconds = 0;

    sweep::numbers in_numbers() const { return {mmcs, ml2r, largest_rest, faithfulness, seconds}; }
    static outcome from(const sweep::numbers& n) { return {n[0], n[1], n[2], n[3], n[4]}; }
    bool is_recovered() const { return apd::column_match_result{mmcs, ml2r}.is_recovered(); }
    bool is_exact() const { return mmcs >= 0.998 && std::abs(ml2r - 1) <= 0.03 && faithfulness <= 1e-5; }
};

using sweep::variant;
const std::vector<variant> variants = sweep::joined(
    {
        {.name = "robust", .recipe = apd::robust_recipe{}, .from = variant::start::samples},
        {.name = "robust, random start", .recipe = apd::robust_recipe{}},
        {.name = "robust, share stays", .recipe = apd::robust_recipe{.share = 0.02}, .from = variant::start::samples},
        {.name = "robust, shares / 4",
         .recipe = apd::robust_recipe{.first_share = 0.005, .share = 0.025},
         .from = variant::start::samples},
        {.name = "robust, shares x 4",
         .recipe = apd::robust_recipe{.first_share = 0.08, .share = 0.4},
         .from = variant::start::samples},
        {.name = "robust, no bystanders",
         .recipe = apd::robust_recipe{.bystanders = 0},
         .from = variant::start::samples},
        {.name = "robust, bystanders x 4",
         .recipe = apd::robust_recipe{.bystanders = 0.02},
         .from = variant::start::samples},
        {.name = "robust, simplicity / 10",
         .recipe = apd::robust_recipe{.simplicity = 5e-4},
         .from = variant::start::samples},
        {.name = "robust, simplicity x 10",
         .recipe = apd::robust_recipe{.simplicity = 0.05},
         .from = variant::start::samples},
        {.name = "robust, faithfulness / 5",
         .recipe = apd::robust_recipe{.faithfulness = 2},
         .from = variant::start::samples},
        {.name = "robust, faithfulness x 5",
         .recipe = apd::robust_recipe{.faithfulness = 50},
         .from = variant::start::samples},
        {.name = "robust, rate / 3",
         .recipe = apd::robust_recipe{.learning_rate = 1e-3},
         .from = variant::start::samples},
        {.name = "robust, rate x 3",
         .recipe = apd::robust_recipe{.learning_rate = 9e-3},
         .from = variant::start::samples},
        {.name = "robust, 1000 steps", .recipe = apd::robust_recipe{.steps = 1'000}, .from = variant::start::samples},
        {.name = "robust, 1024 samples",
         .recipe = apd::robust_recipe{.samples = 1'024},
         .from = variant::start::samples},
        {.name = "published, rank 1", .rank_one = true},
        {.name = "drawn, revived, rank 1, free end",
         .rank_one = true,
         .temperature = 1,
         .revives = true,
         .ends_free = true},
        {.name = "k of all features", .k = 0.25 / 0.211},
    },
    sweep::published_variants);

template <std::size_t F, std::size_t H, std::size_t C, class Result>
outcome measure(const Result& result) {
    outcome found;
    const auto match = apd::column_match<"W">(result.target, result);
    found.mmcs = match.mmcs, found.ml2r = match.ml2r;
    found.seconds = result.seconds;
    // The components that have no feature's largest part, and what all together miss.
    const auto p = result.template component<"W">();
    const auto w = result.target.template get<"W">();
    std::vector<bool> has(C, false);
    for (std::size_t f = 0; f < F; ++f) {
        std::size_t best = 0;
        double most = -1;
        for (std::size_t c = 0; c < C; ++c) {
            double along = 0;
            for (std::size_t h = 0; h < H; ++h) along += p(c, f, h) * w[f * H + h];
            if (along > most) most = along, best = c;
        }
        has[best] = true;
    }
    for (std::size_t i = 0; i < F * H; ++i) {
        double missing = w[i];
        for (std::size_t c = 0; c < C; ++c) missing -= p(c, i / H, i % H);
        found.faithfulness += missing * missing / static_cast<double>(F * H);
    }
    for (std::size_t c = 0; c < C; ++c) {
        double square = 0;
        for (std::size_t i = 0; i < F * H; ++i) square += p(c, i / H, i % H) * p(c, i / H, i % H);
        if (!has[c]) found.largest_rest = std::max(found.largest_rest, std::sqrt(square));
    }
    return found;
}

template <std::size_t F, std::size_t H, std::size_t C, std::size_t Rank>
outcome run_ranked(const variant& v, const tms_settings& paper, std::uint64_t seed, const std::atomic<bool>* stop) {
    using network = tms<F, H>;
    apd::cpu device({.threads = 1});
    const apd::sparse_features<F> data{.probability = 0.05, .low = 0, .high = 1, .seed = seed};
    auto training = paper.target;
    training.seed = seed;
    const auto target = apd::train<network>(device, data, training);
    const auto random = apd::factors<network, apd::shared_components<C, Rank>, float>::random(seed, 1);
    if (v.recipe) {
        auto recipe = *v.recipe;
        recipe.seed = seed, recipe.stop = stop;
        auto plan = apd::robust_plan<C, Rank>(device, target, data, recipe);
        if (v.from == variant::start::random) plan.start = random;
        return measure<F, H, C>(apd::decompose(device, plan));
    }
    const apd::decompose_options whole{.steps = 20'000,
                                       .batch = 2048,
                                       .learning_rate = paper.learning_rate,
                                       .shape = paper.shape,
                                       .warm_up = 0.05,
                                       .seed = seed,
                                       .stop = stop};
    const auto start = v.from == variant::start::samples
                           ? apd::components_from_samples<C, Rank>(device, target, data, {.seed = seed}).start
                           : random;
    const sweep::phase published{
        .k = paper.k, .minimality = paper.minimality, .simplicity = paper.simplicity, .p = paper.p};
    const auto with = [&](const auto& attribution) {
        return measure<F, H, C>(sweep::decompose_in_phases(device, target, data, attribution,
                                                           sweep::phases_of(v, published), start, whole));
    };
    return sweep::with_attribution<Rank != 1>(v, with);
}
template <std::size_t F, std::size_t H, std::size_t C>
outcome run_model(const variant& v, const tms_settings& paper, std::uint64_t seed, const std::atomic<bool>* stop) {
    if (v.recipe || v.rank_one) return run_ranked<F, H, C, 1>(v, paper, seed, stop);
    return run_ranked<F, H, C, H + 1>(v, paper, seed, stop);
}

struct model {
    std::string name;
    std::function<outcome(const variant&, std::uint64_t, const std::atomic<bool>*)> run;
};
const std::vector<model> models{
    {"5-2", [](const variant& v, std::uint64_t seed,
               const auto* stop) { return run_model<5, 2, 5>(v, paper_5_2, seed, stop); }},
    {"5-2, C 20", [](const variant& v, std::uint64_t seed,
                     const auto* stop) { return run_model<5, 2, 20>(v, paper_5_2, seed, stop); }},
    {"40-10", [](const variant& v, std::uint64_t seed,
                 const auto* stop) { return run_model<40, 10, 50>(v, paper_40_10, seed, stop); }},
};
// "0.998 ± 0.001"
std::string mean_and_deviation(const std::vector<outcome>& all, double outcome::*number) {
    double mean = 0, square = 0;
    for (const auto& each : all) mean += each.*number / static_cast<double>(all.size());
    for (const auto& each : all) square += std::pow(each.*number - mean, 2) / static_cast<double>(all.size());
    char text[64];
    std::snprintf(text, sizeof text, "%.3f ± %.3f", mean, std::sqrt(square));
    return text;
}

void write_report(const sweep::options& options, const std::vector<apd::table_row>& done,
                  const std::filesystem::path& path) {
    apd::share_grid grid{.row_name = "variant",
                         .column_name = "model",
                         .rows = {},
                         .columns = options.models,
                         .came_out = {},
                         .runs = {}};
    std::vector<std::vector<std::string>> rows;
    for (const auto& v : variants) {
        std::vector<std::size_t> came_out, runs;
        for (const auto& name : options.models) {
            std::vector<outcome> all;
            const sweep::runs_of these(done, name, v.name);
            for (const auto& found : these.found) all.push_back(outcome::from(found));
            came_out.push_back(static_cast<std::size_t>(std::ranges::count_if(all, &outcome::is_recovered)));
            runs.push_back(all.size() + these.failed);
            if (all.empty()) continue;
            double rest = 0, seconds = 0;
            for (const auto& each : all)
                rest = std::max(rest, each.largest_rest), seconds += each.seconds / static_cast<double>(all.size());
            rows.push_back({name, v.name, std::to_string(came_out.back()) + " of " + std::to_string(runs.back()),
                            std::to_string(std::ranges::count_if(all, &outcome::is_exact)),
                            mean_and_deviation(all, &outcome::mmcs), mean_and_deviation(all, &outcome::ml2r),
                            apd::ext::svg::label(rest), apd::ext::svg::label(seconds)});
        }
        if (std::ranges::all_of(runs, [](std::size_t n) { return n == 0; })) continue;
        grid.rows.push_back(v.name);
        grid.came_out.insert(grid.came_out.end(), came_out.begin(), came_out.end());
        grid.runs.insert(grid.runs.end(), runs.begin(), runs.end());
    }
    std::printf("\n");
    for (const auto& row : rows)
        std::printf("%-10s %-34s came out %-9s exact %-3s MMCS %s ML2R %s\n", row[0].c_str(), row[1].c_str(),
                    row[2].c_str(), row[3].c_str(), row[4].c_str(), row[5].c_str());
    apd::page report("What helps decompositions to come out",
                     "Toy models of superposition; every seed has its own data, target and first components.");
    if (!grid.rows.empty())
        report.heading("How many runs come out")
            .figure(apd::share_figure(grid,
                                      "Seeds on which every feature is found in direction and length: MMCS at "
                                      "least 0.99, ML2R from 0.85 to 1.15."))
            .heading("Figures")
            .table({"model", "variant", "came out", "exact: MMCS 0.998, ML2R within 3 %", "MMCS", "ML2R",
                    "largest component of no feature", "seconds"},
                   rows);
    apd::write_file_atomically(path, report.html());
}

int run(const sweep::options& options) {
    const std::filesystem::path out = options.out;
    apd::results_table table(out / "sweep.csv", {"model", "variant", "seed"}, columns);
    const auto* const stop = apd::stop_on_interrupt();
    std::vector<apd::sweep_run> runs;
    for (const auto& m : models)
        for (const auto& v : variants)
            for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds; ++seed)
                if (options.wants(m.name, v.name))
                    runs.push_back({{m.name, v.name, std::to_string(seed)},
                                    [&m, &v, seed, stop] { return m.run(v, seed, stop).in_numbers(); }});
    const bool is_whole = sweep::run_all(table, runs, {.at_once = options.threads, .stop = stop});
    write_report(options, table.rows(), out / "report.html");
    std::cout << "Wrote " << (out / "report.html").string() << " (open it in a browser) and sweep.csv.\n";
    return is_whole ? 0 : apd::stopped_exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    sweep::options options{.models = {"5-2"}, .variants = {}, .seeds = 20, .out = "sweep_results"};
    arguments line("Decomposes toy models in many ways, on many seeds each.");
    options.add_to(line, sweep::names_of(models), sweep::names_of(variants));
    return line.run(argc, argv, [&] { return run(options); });
}
