// A sweep over the residual networks: what of the published method, or of the robust recipe, gives every feature a
// component of its own? Components of rank 1 throughout; docs/robustness.md tells what came of it.
//
//   sweep_residual --target target.safetensors             all variants of compressed computation on one target
//   sweep_residual --models cross-layer --variants robust  one, on a target that is trained first
//   sweep_residual --models reduced                        all of a network of 20 features, in seconds each
//
// Every run is a line of sweep.csv as soon as it is done: a sweep that was interrupted goes on where it stopped, and
// several processes may share a folder.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <apd/apd.hpp>

#include "residual_mlp.hpp"
#include "support/arguments.hpp"
#include "support/sweep_options.hpp"
#include "sweep_parts.hpp"

namespace {

using sweep::variant;

const std::vector<variant> variants = sweep::joined(
    {
        {.name = "robust", .recipe = apd::robust_recipe{}, .from = variant::start::samples},
        {.name = "robust, random start", .recipe = apd::robust_recipe{}},
        {.name = "robust, share stays", .recipe = apd::robust_recipe{.share = 0.02}, .from = variant::start::samples},
        {.name = "robust, no bystanders",
         .recipe = apd::robust_recipe{.bystanders = 0},
         .from = variant::start::samples},
    },
    sweep::published_variants);

struct command_line {
    sweep::options runs{.models = {"compressed"}, .variants = {}, .seeds = 1, .out = "sweep_residual_results"};
    std::optional<std::size_t> steps{}, batch{};
    std::string target{};
};

// The columns of sweep.csv: what `in_numbers` says of a decomposition, then the seconds it took.
std::vector<std::string> columns() {
    std::vector<std::string> names;
    for (const auto& each : in_numbers(residual_findings{})) names.push_back(each.name);
    names.push_back("seconds");
    return names;
}
sweep::numbers numbers_of(const residual_findings& found, double seconds) {
    sweep::numbers all;
    for (const auto& each : in_numbers(found)) all.push_back(std::get<double>(each.value));
    all.push_back(seconds);
    return all;
}

template <class Net, std::size_t C, bool AllAttributions = false>
sweep::numbers run_model(const variant& v, const residual_settings& paper, std::size_t training, std::uint64_t seed,
                         const command_line& options, const std::atomic<bool>* stop) {
    apd::cpu device({.threads = 1});
    const apd::sparse_features<Net::inputs> data{.probability = paper.probability, .low = -1, .high = 1, .seed = seed};
    const apd::parameters<Net> target = options.target.empty() ? trained_target<Net>(device, data, seed, training)
                                                               : apd::parameters<Net>(apd::load(options.target));
    if (v.recipe) {
        robust_way way{*v.recipe};
        way.recipe.steps = options.steps.value_or(way.recipe.steps);
        way.recipe.batch = options.batch.value_or(way.recipe.batch);
        auto plan = way.plan<C, 1>(device, target, data, stop);
        if (v.from == variant::start::random)
            plan.start = apd::factors<Net, apd::shared_components<C, 1>, float>::random(seed, 2);
        const auto result = apd::decompose(device, plan);
        return numbers_of(analyse(device, result, data, way.mask()), result.seconds);
    }
    const apd::decompose_options whole{.steps = options.steps.value_or(10'000),
                                       .batch = options.batch.value_or(256),
                                       .learning_rate = 1e-3,
                                       .shape = apd::decay::cosine,
                                       .warm_up = 0.01,
                                       .initial_scale = 2,
                                       .columns = paper.columns,
                                       .seed = seed,
                                       .stop = stop};
    const auto start = v.from == variant::start::samples
                           ? apd::components_from_samples<C, 1>(device, target, data, {.seed = seed}).start
                           : apd::factors<Net, apd::shared_components<C, 1>, float>::random(seed, 2);
    const sweep::phase published{
        .k = paper.k, .minimality = paper.minimality, .simplicity = paper.simplicity, .p = 0.9};
    const auto with = [&](const auto& attribution) {
        const auto result = sweep::decompose_in_phases<sweep::with_hidden_reconstruction>(
            device, target, data, attribution, sweep::phases_of(v, published), start, whole);
        return numbers_of(analyse(device, result, data, apd::batch_top_k(apd::gradient_attribution(), v.k * paper.k)),
                          result.seconds);
    };
    return sweep::with_attribution<AllAttributions>(v, with);
}

struct model {
    std::string name;
    bool has_all_attributions;
    std::function<sweep::numbers(const variant&, std::uint64_t, const command_line&, const std::atomic<bool>*)> run;
};
const std::vector<model> models{
    {"compressed", true,
     [](const variant& v, std::uint64_t seed, const command_line& options, const auto* stop) {
         return run_model<one_block<100, 1000, 50>, 130, true>(v, paper_compressed, 10'000, seed, options, stop);
     }},
    {"cross-layer", true,
     [](const variant& v, std::uint64_t seed, const command_line& options, const auto* stop) {
         return run_model<two_blocks<100, 1000, 25>, 200, true>(v, paper_cross_layer, 10'000, seed, options, stop);
     }},
    {"reduced", false,
     [](const variant& v, std::uint64_t seed, const command_line& options, const auto* stop) {
         auto paper = paper_compressed;
         paper.probability *= 5;
         return run_model<one_block<20, 100, 10>, 26>(v, paper, 2'000, seed, options, stop);
     }},
};

int run(const command_line& options) {
    const std::filesystem::path out = options.runs.out;
    apd::results_table table(out / "sweep.csv", {"model", "variant", "seed"}, columns());
    const auto* const stop = apd::stop_on_interrupt();
    std::vector<apd::sweep_run> runs;
    for (const auto& m : models)
        for (const auto& v : variants)
            for (std::uint64_t seed = options.runs.seed; seed < options.runs.seed + options.runs.seeds; ++seed)
                if (options.runs.wants(m.name, v.name) &&
                    (m.has_all_attributions || v.attribution == variant::attributions::target))
                    runs.push_back({{m.name, v.name, std::to_string(seed)},
                                    [&, seed, stop] { return m.run(v, seed, options, stop); }});
    const bool is_whole = sweep::run_all(table, runs, {.at_once = options.runs.threads, .stop = stop});
    const auto rows = table.rows();
    const auto names = columns();
    for (const auto& m : options.runs.models)
        for (const auto& v : variants) {
            const sweep::runs_of these(rows, m, v.name);
            for (const auto& found : these.found) {
                std::printf("\n%s, %s\n", m.c_str(), v.name.c_str());
                for (std::size_t i = 0; i < names.size(); ++i)
                    std::printf("  %-40s %12.4g\n", names[i].c_str(), found[i]);
            }
        }
    return is_whole ? 0 : apd::stopped_exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    command_line options;
    arguments line("Decomposes residual networks in many ways.");
    options.runs.add_to(line, sweep::names_of(models), sweep::names_of(variants));
    line.add("--target", options.target, "A trained target in safetensors (else one is trained for each run)");
    line.add("--steps", options.steps, "Steps of a decomposition (else as many as the recipe has, or 10000)");
    line.add("--batch", options.batch, "Samples of a batch (else as many as the recipe has, or 256)");
    return line.run(argc, argv, [&] { return run(options); });
}
