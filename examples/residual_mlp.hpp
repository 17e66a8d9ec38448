#pragma once
// Residual MLPs that compute x + relu(x) for more features than they have neurons (Braun et al., arXiv 2501.14926): the
// networks, how targets are trained, what the paper chose, and the figures by which a decomposition is believed.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <apd/apd.hpp>
#include <apd/report.hpp>

#include "checkpoints.hpp"
#include "device_options.hpp"
#include "support/arguments.hpp"

template <apd::static_string In, apd::static_string Out, std::size_t Width, std::size_t Neurons>
using mlp = apd::residual<apd::linear<apd::static_string(In), Width, Neurons>, apd::relu,
                          apd::linear<apd::static_string(Out), Neurons, Width>>;

/// y = (x W_E + what the blocks add) W_U; embedding and unembedding stay as they are.
template <std::size_t Features, std::size_t Width, class... Blocks>
using residual_mlp = apd::network<apd::frozen<apd::linear<"W_E", Features, Width>>, Blocks...,
                                  apd::frozen<apd::linear<"W_U", Width, Features>>>;

/// What the paper chose for one experiment.
struct residual_settings {
    std::string name, title;
    std::size_t steps;
    double probability, k, minimality, simplicity;
    apd::column_norm columns;
};

/// One block of `Neurons` neurons, two of them, and three.
template <std::size_t Features, std::size_t Width, std::size_t Neurons>
using one_block = residual_mlp<Features, Width, mlp<"layers.0.mlp_in", "layers.0.mlp_out", Width, Neurons>>;
template <std::size_t Features, std::size_t Width, std::size_t Neurons>
using two_blocks = residual_mlp<Features, Width, mlp<"layers.0.mlp_in", "layers.0.mlp_out", Width, Neurons>,
                                mlp<"layers.1.mlp_in", "layers.1.mlp_out", Width, Neurons>>;
template <std::size_t Features, std::size_t Width, std::size_t Neurons>
using three_blocks = residual_mlp<Features, Width, mlp<"layers.0.mlp_in", "layers.0.mlp_out", Width, Neurons>,
                                  mlp<"layers.1.mlp_in", "layers.1.mlp_out", Width, Neurons>,
                                  mlp<"layers.2.mlp_in", "layers.2.mlp_out", Width, Neurons>>;

inline const residual_settings paper_compressed{
    "compressed_computation", "Compressed computation", 40'000, 0.01, 1.28, 1, 10, apd::column_norm::unit};
inline const residual_settings paper_cross_layer{
    "cross_layer", "Mechanisms across layers", 10'000, 0.01, 1.28, 2, 7, apd::column_norm::free};

struct residual_options {
    std::string out;
    std::string method = "apd", blocks = "2", recipe = "robust", rank = "full", start{}, target{}, components{};
    std::optional<std::size_t> steps{}, batch{};
    std::size_t seeds = 1;
    std::size_t seed = 0;
    bool quick = false;
    device_options where{};
    checkpoints saves{};
};

/// The command line that the experiments share; across layers there may be three blocks by SPD. The exit code, if the
/// program is to end.
inline std::optional<int> read_command_line(int argc, char** argv, const std::string& what, residual_options& options,
                                            bool has_blocks = false) {
    arguments line(what);
    line.add("--method", options.method, "APD, or SPD with learned importances of subcomponents", {"apd", "spd"});
    if (has_blocks) line.add("--blocks", options.blocks, "How many blocks the network has, by spd", {"2", "3"});
    line.add("--target", options.target, "A trained target in safetensors (else one is trained)");
    line.add("--components", options.components, "Components saved by an earlier run, to be analysed alone");
    line.add("--recipe", options.recipe,
             "How, by apd: robustly, with components of rank 1, or as published, with the paper's hyperparameters",
             {"robust", "published"});
    line.add("--rank", options.rank, "Rank of a component at every site, as published", {"full", "1"});
    line.add("--start", options.start, "What components start from (else what the recipe says)", {"random", "samples"});
    line.add("--seed", options.seed, "The first seed: of the data, the target and the initial components");
    line.add("--seeds", options.seeds, "How many seeds to run", arguments::positive);
    line.exclude("--seeds", "--components");
    line.add("--steps", options.steps, "Steps of a decomposition (else as many as the recipe has)");
    line.add("--batch", options.batch, "Samples of a batch (else as many as the recipe has)");
    options.where.add_to(line);
    options.saves.add_to(line);
    line.add("--out", options.out, "The folder for targets, components, summary.json and report.html");
    line.add_flag("--quick", options.quick,
                  "A reduced network, 20 features and width 100, taken apart robustly: seconds, not the experiment");
    return line.read(argc, argv);
}

/// What a target learns: x + relu(x).
struct residual_relu {
    static constexpr bool preserves_zero = true;
    constexpr auto operator()(const auto& x) const { return x + apd::relu::value(x); }
};

/// A target trained as in the paper: rows of W_E random and of unit length, W_U its transpose, both fixed.
template <class Net, class Data>
apd::parameters<Net> trained_target(auto& device, const Data& data, std::uint64_t seed, std::size_t steps,
                                    const std::atomic<bool>* stop = nullptr, auto&&... observers) {
    auto start = apd::initial_parameters<Net>(seed);
    const auto embedding = start.template get<"W_E">(), unembedding = start.template get<"W_U">();
    constexpr std::size_t features = Net::inputs, width = Net::sizes[1];
    for (std::size_t f = 0; f < features; ++f) {
        double length = 0;
        for (std::size_t i = 0; i < width; ++i) length += std::pow(embedding[f * width + i], 2);
        for (std::size_t i = 0; i < width; ++i) {
            embedding[f * width + i] /= static_cast<float>(std::sqrt(length));
            unembedding[i * features + f] = embedding[f * width + i];
        }
    }
    return apd::train(device, start, data,
                      {.steps = steps, .batch = 2048, .learning_rate = 3e-3, .shape = apd::decay::cosine, .stop = stop},
                      residual_relu{}, observers...);
}

/// The target of a run, trained in so many steps or loaded; it is saved in the folder.
template <class Net, class Data>
apd::parameters<Net> target_of(auto& device, const residual_options& options, const Data& data, std::size_t training,
                               const std::filesystem::path& folder, const std::atomic<bool>* stop) {
    const apd::parameters<Net> target =
        options.target.empty()
            ? trained_target<Net>(device, data, data.seed, training, stop,
                                  apd::progress_bar("seed " + std::to_string(data.seed) + ", target"),
                                  options.saves.from(folder, "checkpoint_of_target"),
                                  checkpoints::of(folder, "checkpoint_of_target"))
            : apd::parameters<Net>(apd::load(options.target));
    if (!*stop) apd::save(target, folder / "target.safetensors");
    return target;
}

/// The figures of one decomposition.
struct residual_findings {
    apd::feature_map map;
    xt::xtensor<float, 2> attributions;
    apd::per_feature_result one_component, masked;
    apd::scrubbing_result scrubbed;
    std::vector<double> monosemantic;
    std::vector<double> active_components;
    apd::component_activity_result activity;
    apd::neuron_contributions_result neurons;
    apd::ablation_curve_result curves;
    double faithfulness;
};

inline double mean(const auto& values) {
    double sum = 0;
    for (const double v : values) sum += v;
    return sum / static_cast<double>(values.size());
}

/// The loss of a network that computes x + relu(x) exactly for its first features, one for each neuron, and x for the
/// others.
template <class Matrix>
std::vector<double> monosemantic_errors(const Matrix& x, const Matrix& target, std::size_t neurons) {
    Matrix y = x;
    for (std::size_t n = 0; n < x.shape(0); ++n)
        for (std::size_t f = 0; f < neurons; ++f) y(n, f) += std::max(x(n, f), 0.F);
    const auto all = apd::squared_errors(y, target);
    std::vector<double> with_features;
    for (std::size_t n = 0; n < x.shape(0); ++n)
        if (apd::has_feature(x, n)) with_features.push_back(all(n));
    return with_features;
}

template <class Net, std::size_t C, std::size_t Rank, class Data, apd::ext::mask_node Mask>
residual_findings analyse(auto& device, const apd::decomposition<Net, apd::shared_components<C, Rank>, float>& result,
                          const Data& data, const Mask& active) {
    apd::evaluator answers(device, result, 1000);
    const auto one = apd::per_sample_top_k(apd::gradient_attribution(), 1);
    const apd::one_feature_options alone{.samples = 100, .low = -1, .high = 1, .seed = 1};
    const auto attributions = apd::attribution_matrix(answers);
    const auto map = apd::feature_components(attributions);
    auto unseen = data;
    unseen.seed += 1'000'000;
    const auto x = answers.inputs(unseen, 5'000);
    std::vector<double> active_components;
    const auto entries = answers.active(x, active);
    for (std::size_t n = 0; n < x.shape(0); ++n) {
        double sum = 0;
        for (std::size_t c = 0; c < C; ++c) sum += entries(n, c);
        active_components.push_back(sum);
    }
    apd::ext::objective_step faithful(answers.underlying(), 1.0 * apd::faithfulness());
    faithful.evaluate();
    constexpr std::size_t neurons = [] {
        std::size_t sum = 0;
        for (std::size_t s = 0; s < Net::sites.size(); s += 2) sum += Net::sizes[Net::sites[s] + 1];
        return sum;
    }();
    return {map,
            attributions,
            apd::per_feature(answers, one, alone),
            apd::per_feature(answers, active, alone),
            apd::scrubbing(answers, x, map, active),
            monosemantic_errors(x, answers.target_outputs(x), neurons),
            std::move(active_components),
            apd::component_activity(answers, x, active),
            apd::neuron_contributions(answers, map),
            apd::ablation_curve(answers, answers.inputs(unseen, 1'000), active, {.points = 6, .curves = 6}),
            faithful.values()[0]};
}

/// The findings as named numbers, in the order of the table in the README.
inline std::vector<apd::finding> in_numbers(const residual_findings& found) {
    const auto features = found.map.component_of.size();
    const auto count = [](std::size_t number) { return static_cast<double>(number); };
    std::size_t worse = 0;  // features that one component alone does not serve
    for (std::size_t f = 0; f < features; ++f) worse += found.one_component.loss[f] > 2 * found.masked.loss[f];
    return {{"features with a component of their own", count(found.map.features_with_their_own())},
            {"components with several features", count(found.map.components_with_several())},
            {"dead components", count(found.map.components_with(0))},
            {"loss alone, one component", mean(found.one_component.loss)},
            {"loss alone, mask", mean(found.masked.loss)},
            {"features with twice the loss", count(worse)},
            {"active components alone", mean(found.masked.active_components)},
            {"loss, mask", mean(found.scrubbed.active)},
            {"loss, scrubbed", mean(found.scrubbed.scrubbed)},
            {"loss, anti-scrubbed", mean(found.scrubbed.anti_scrubbed)},
            {"loss, random half", mean(found.scrubbed.random)},
            {"loss, zero output", mean(found.scrubbed.zero)},
            {"loss, monosemantic", mean(found.monosemantic)},
            {"neuron correlation", found.neurons.correlation()},
            {"neuron slope", found.neurons.slope()},
            {"faithfulness", found.faithfulness}};
}

/// One line for every number, one column for every run.
template <class Result>
void print_table(const std::vector<Result>& runs, const std::vector<residual_findings>& findings) {
    std::vector<std::vector<apd::finding>> columns;
    for (const auto& each : findings) columns.push_back(in_numbers(each));
    std::printf("\n%-40s", "seed");
    for (const auto& run : runs) std::printf(" %12llu", static_cast<unsigned long long>(run.options.seed));
    for (std::size_t i = 0; i < columns.front().size(); ++i) {
        std::printf("\n%-40s", columns.front()[i].name.c_str());
        for (const auto& column : columns) std::printf(" %12.4g", std::get<double>(column[i].value));
    }
    std::printf("\n%-40s", "seconds");
    for (const auto& run : runs) std::printf(" %12.1f", run.seconds);
    std::printf("\n");
}

template <class Net, std::size_t C, std::size_t Rank>
void write_report(const std::vector<apd::decomposition<Net, apd::shared_components<C, Rank>, float>>& results,
                  const std::vector<residual_findings>& findings, const std::filesystem::path& path,
                  const residual_settings& paper) {
    const auto& found = findings.front();
    std::vector<double> own, several, correlation;
    std::vector<xt::xtensor<double, 2>> attributions;
    for (const auto& each : findings) {
        attributions.emplace_back(each.attributions);
        own.push_back(static_cast<double>(each.map.features_with_their_own()));
        several.push_back(static_cast<double>(each.map.components_with_several()));
        correlation.push_back(each.neurons.correlation());
    }
    std::string spectra;
    apd::repeat<Net::sites.size()>([&](auto s) {
        spectra += apd::singular_value_figure(std::string(Net::template site_at<s>::name.view()),
                                              apd::singular_values<s>(results.front()));
    });
    apd::write_report(
        results, path,
        {.title = paper.title + ", taken apart",
         .subtitle = "A network that computes x + relu(x) for more features than it has neurons: each component should "
                     "be the computation of one feature.",
         .columns = {{"own component", own}, {"components of several", several}, {"neuron correlation", correlation}},
         .attributions = attributions,
         .sections = {{"One feature at a time", apd::per_feature_figure({{"one component", found.one_component},
                                                                         {"the run's mask", found.masked}})},
                      {"Components taken away",
                       apd::scrubbing_figure(found.scrubbed,
                                             {{"as many features as neurons, the others not", found.monosemantic}})},
                      {"Active components",
                       apd::active_components_figure(found.active_components) + apd::activity_figure(found.activity)},
                      {"Neurons", apd::neuron_figure(found.neurons)},
                      {"Rank", spectra},
                      {"Are inactive components without effect?", apd::ablation_figure(found.curves)}}});
}

/// How a network is taken apart: the mask of the run, and the run.
struct robust_way {
    apd::robust_recipe recipe;

    auto mask() const { return apd::attribution_share(apd::gradient_attribution(), recipe.share); }
    template <std::size_t C, std::size_t Rank, class Net, class Data>
    auto plan(auto& device, const apd::parameters<Net>& target, const Data& data, const std::atomic<bool>* stop) const {
        auto seeded = recipe;
        seeded.seed = data.seed, seeded.stop = stop;
        return apd::robust_plan<C, Rank>(device, target, data, seeded);
    }
};
struct published_way {
    residual_settings paper;
    std::size_t steps, batch;

    auto mask() const { return apd::batch_top_k(apd::gradient_attribution(), paper.k); }
    template <std::size_t C, std::size_t Rank, class Net, class Data>
    auto plan(auto&, const apd::parameters<Net>& target, const Data& data, const std::atomic<bool>* stop) const {
        const auto objective = apd::faithfulness() + paper.minimality * apd::minimality(mask()) +
                               paper.simplicity * apd::simplicity(mask(), apd::schatten(0.9)) +
                               apd::hidden_reconstruction<apd::relu>(mask());
        return apd::plan{target, data, objective,
                         apd::decompose_options{.steps = steps,
                                                .batch = batch,
                                                .learning_rate = 1e-3,
                                                .shape = apd::decay::cosine,
                                                .warm_up = 0.01,
                                                .initial_scale = 2,
                                                .columns = paper.columns,
                                                .seed = data.seed,
                                                .stop = stop},
                         apd::factors<Net, apd::shared_components<C, Rank>, float>::random(data.seed, 2)};
    }
};

template <class Net, std::size_t C, std::size_t Rank>
int run_seeds(auto& device, const residual_options& options, const residual_settings& paper, const auto& way,
              double probability, std::size_t training) {
    using result_type = apd::decomposition<Net, apd::shared_components<C, Rank>, float>;
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    std::vector<result_type> results;
    std::vector<residual_findings> findings;
    std::vector<std::string> summaries;
    for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds && !*stop; ++seed) {
        const apd::sparse_features<Net::inputs> data{.probability = probability, .low = -1, .high = 1, .seed = seed};
        const auto folder = options.seeds > 1 ? out / ("seed_" + std::to_string(seed)) : out;
        if (!options.components.empty()) {
            results.push_back(result_type::from(apd::load(options.components)));
        } else {
            const std::string name = "seed " + std::to_string(seed);
            const auto target = target_of<Net>(device, options, data, training, folder, stop);
            if (*stop) break;
            auto plan = way.template plan<C, Rank>(device, target, data, stop);
            if (options.start == "random")
                plan.start = apd::factors<Net, apd::shared_components<C, Rank>, float>::random(seed, 2);
            if (options.start == "samples")
                plan.start = apd::components_from_samples<C, Rank>(device, target, data, {.seed = seed}).start;
            results.push_back(apd::decompose(device, plan, apd::progress_bar(name),
                                             options.saves.from(folder, "checkpoint_of_components"),
                                             checkpoints::of(folder, "checkpoint_of_components")));
            apd::save(results.back(), folder / "components.safetensors");
        }
        const auto& result = results.back();
        findings.push_back(analyse(device, result, data, way.mask()));
        auto numbers = in_numbers(findings.back());
        numbers.insert(numbers.begin(), {{"model", paper.name}, {"rank", Rank == 1 ? "1" : "full"}});
        summaries.push_back(apd::summary(result, numbers));
    }
    if (results.empty()) return apd::stopped_exit_code;
    apd::write_file_atomically(out / "summary.json", apd::summaries(summaries));
    write_report(results, findings, out / "report.html", paper);
    print_table(results, findings);
    std::cout << "Wrote " << (out / "report.html").string()
              << " (open it in a browser), summary.json, targets and components.\n";
    return *stop ? apd::stopped_exit_code : 0;
}

/// By SPD, in subcomponents/; the exit code.
int take_apart_by_spd(const residual_options& options, const residual_settings& paper);

/// Decomposes `Net` into C components, or the `Reduced` network into fewer where the run is to be quick.
template <class Net, class Reduced, std::size_t C, std::size_t FewerC>
int run_experiment(const residual_options& options, const residual_settings& paper) try {
    if (options.method == "spd") return take_apart_by_spd(options, paper);
    if (options.blocks != "2")
        throw apd::error("--blocks " + options.blocks, "apd takes two blocks apart", "choose --method spd");
    robust_way robust;
    robust.recipe.steps = options.steps.value_or(robust.recipe.steps);
    robust.recipe.batch = options.batch.value_or(robust.recipe.batch);
    const published_way published{paper, options.steps.value_or(paper.steps), options.batch.value_or(2048)};
    constexpr std::size_t training = 10'000;
    return options.where.run([&](auto& device) {
        if (options.quick)
            return run_seeds<Reduced, FewerC, 1>(device, options, paper, robust, 5 * paper.probability, 2'000);
        if (options.recipe == "robust")
            return run_seeds<Net, C, 1>(device, options, paper, robust, paper.probability, training);
        if (options.rank == "1")
            return run_seeds<Net, C, 1>(device, options, paper, published, paper.probability, training);
        return run_seeds<Net, C, apd::full_rank>(device, options, paper, published, paper.probability, training);
    });
} catch (const std::exception& failure) {
    std::cerr << paper.name << ": " << failure.what() << '\n';
    return 1;
}
