// How often decompositions of the toy models come out, over seeds, as the table in the README:
//
//   build/release/benchmarks/bench_seeds                  5-2 on 20 seeds, 40-10 on 5
//   build/release/benchmarks/bench_seeds --only 5-2       rows whose model has this in its name
//
// Every run has its own seed for data, target and initial components, one thread, and the paper's hyperparameters.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include <apd/apd.hpp>

#include "../examples/tms_settings.hpp"

namespace {

struct outcome {
    apd::column_match_result match;
    double seconds;
};

template <std::size_t Features, std::size_t Hidden, std::size_t Components>
outcome run(const tms_settings& paper, auto of, std::size_t steps, std::uint64_t seed) {
    apd::cpu device({.threads = 1});
    const apd::sparse_features<Features> data{.probability = 0.05, .low = 0, .high = 1, .seed = seed};
    auto training = paper.target;
    training.seed = seed;
    const auto target = apd::train<tms<Features, Hidden>>(device, data, training);
    const auto active = apd::batch_top_k(apd::gradient_attribution(of), paper.k);
    const auto objective = apd::faithfulness() + paper.minimality * apd::minimality(active) +
                           paper.simplicity * apd::simplicity(active, apd::schatten(paper.p));
    const auto result = apd::decompose<Components, Hidden + 1>(device, target, data, objective,
                                                               {.steps = steps,
                                                                .batch = 2048,
                                                                .learning_rate = paper.learning_rate,
                                                                .shape = paper.shape,
                                                                .warm_up = 0.05,
                                                                .seed = seed});
    return {apd::column_match<"W">(target, result), result.seconds};
}

// Mean and standard deviation, "0.998 ± 0.000".
std::string mean_and_deviation(const std::vector<double>& values) {
    if (values.empty()) return "–";
    double mean = 0, square = 0;
    for (const double v : values) mean += v / static_cast<double>(values.size());
    for (const double v : values) square += (v - mean) * (v - mean) / static_cast<double>(values.size());
    char text[48];
    std::snprintf(text, sizeof text, "%.3f ± %.3f", mean, std::sqrt(square));
    return text;
}

struct experiment {
    std::string model, components, attribution;
    std::size_t seeds;
    std::function<outcome(std::uint64_t)> run;
    std::vector<outcome> outcomes{};
};

void print_row(const experiment& e) {
    std::vector<double> mmcs, ml2r, all_mmcs, all_ml2r, seconds;
    for (const auto& o : e.outcomes) {
        all_mmcs.push_back(o.match.mmcs), all_ml2r.push_back(o.match.ml2r), seconds.push_back(o.seconds);
        if (o.match.comes_out()) mmcs.push_back(o.match.mmcs), ml2r.push_back(o.match.ml2r);
    }
    std::sort(seconds.begin(), seconds.end());
    std::printf("| %s | %s | %s | %zu of %zu | %s | %s | %s | %s | %.1f |\n", e.model.c_str(), e.components.c_str(),
                e.attribution.c_str(), mmcs.size(), e.outcomes.size(), mean_and_deviation(mmcs).c_str(),
                mean_and_deviation(ml2r).c_str(), mean_and_deviation(all_mmcs).c_str(),
                mean_and_deviation(all_ml2r).c_str(), seconds[seconds.size() / 2]);
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t few = 5, many = 20, steps = 20'000, threads = std::max(1U, std::thread::hardware_concurrency());
    std::string only;
    CLI::App app("How often decompositions of the toy models come out.");
    app.add_option("--seeds-5-2", many, "Seeds of TMS 5-2")->check(CLI::PositiveNumber);
    app.add_option("--seeds-40-10", few, "Seeds of TMS 40-10")->check(CLI::PositiveNumber);
    app.add_option("--steps", steps, "Steps of a decomposition")->check(CLI::PositiveNumber);
    app.add_option("--threads", threads, "Runs at a time")->check(CLI::PositiveNumber);
    app.add_option("--only", only, "Experiments whose model has this in its name");
    CLI11_PARSE(app, argc, argv);

    std::vector<experiment> experiments;
    const auto add = [&](const std::string& model, const std::string& components, std::size_t seeds, auto run_with) {
        if (model.find(only) == model.npos) return;
        experiments.push_back(
            {model, components, "target", seeds, [=](std::uint64_t s) { return run_with(apd::of_target, s); }});
        experiments.push_back(
            {model, components, "decomposed", seeds, [=](std::uint64_t s) { return run_with(apd::of_decomposed, s); }});
    };
    add("5-2", "5", many, [=](auto of, auto s) { return run<5, 2, 5>(paper_5_2, of, steps, s); });
    add("5-2", "20", many, [=](auto of, auto s) { return run<5, 2, 20>(paper_5_2, of, steps, s); });
    add("40-10", "50", few, [=](auto of, auto s) { return run<40, 10, 50>(paper_40_10, of, steps, s); });

    // Every run is a piece of work of its own.
    std::vector<std::pair<experiment*, std::uint64_t>> jobs;
    for (auto e = experiments.rbegin(); e != experiments.rend(); ++e) {  // the longest first
        e->outcomes.resize(e->seeds);
        for (std::uint64_t seed = 0; seed < e->seeds; ++seed) jobs.emplace_back(&*e, seed);
    }
    std::atomic<std::size_t> next = 0;
    std::mutex printing;
    std::size_t done = 0;
    const auto work = [&] {
        for (std::size_t j = next++; j < jobs.size(); j = next++) {
            const auto& [e, seed] = jobs[j];
            const outcome found = e->outcomes[seed] = e->run(seed);
            const std::lock_guard lock(printing);
            std::fprintf(stderr,
                         "%2zu/%zu  TMS %s, %s components, of the %s, seed %2llu: MMCS %.4f, ML2R %.4f, %.1f s\n",
                         ++done, jobs.size(), e->model.c_str(), e->components.c_str(), e->attribution.c_str(),
                         static_cast<unsigned long long>(seed), found.match.mmcs, found.match.ml2r, found.seconds);
        }
    };
    {
        std::vector<std::jthread> workers;
        for (std::size_t t = 0; t < threads; ++t) workers.emplace_back(work);
    }
    std::printf(
        "\n| model | components | attributions of the | came out | MMCS | ML2R | MMCS, all seeds | ML2R, all seeds | "
        "seconds |\n|---|---|---|---|---|---|---|---|---|\n");
    std::for_each(experiments.begin(), experiments.end(), print_row);
}
