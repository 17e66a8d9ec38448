// Gated functions taken apart: a hand-coded network of two layers that adds up those of four functions whose bits are
// set. Each function is ten neurons, dealt over both layers: the components should be the four functions.

#include "gated_functions.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <apd/report.hpp>

#include "checkpoints.hpp"
#include "device_options.hpp"
#include "support/arguments.hpp"

namespace {

constexpr std::size_t components = functions;
using result_type = apd::decomposition<gated_network, apd::shared_components<components, apd::full_rank>, float>;

struct command_line {
    std::string components, out = "gated_functions_results";
    std::size_t steps = 200'000, batch = 10'000, seeds = 1;
    std::size_t seed = 0;
    bool quick = false;
    device_options where;
    checkpoints saves;
};

/// What share of every function's weights lies along them in each component, [functions][components]: ⟨P_c, W⟩/⟨W, W⟩
/// of the weights that read x, of those that read the bit (a hundred times as large), and of those that write y; the
/// mean of the three.
std::vector<std::vector<double>> shares_of_weights(const gated_target& target, const result_type& result) {
    std::vector<std::vector<double>> share(functions, std::vector<double>(components, 0.0));
    for (std::size_t kind = 0; kind < 3; ++kind)
        for (std::size_t f = 0; f < functions; ++f) {
            double whole = 0;
            std::vector<double> along(components, 0.0);
            apd::repeat<gated_network::sites.size()>([&](auto s) {
                constexpr bool reads = s % 2 == 0;  // mlp_in [6, neurons], else mlp_out [neurons, 6]
                if (reads != (kind < 2)) return;
                const auto p = result.component_at<s>();
                const auto w = target.parameters.at<gated_network::parameter_of<gated_network::sites[s]>>();
                const std::size_t place = kind == 0 ? 0 : kind == 1 ? 1 + f : 5;  // of x, the bit, y in the stream
                for (std::size_t n = 0; n < neurons_of_layer; ++n) {
                    if (target.function_of[s / 2 * neurons_of_layer + n] != f) continue;
                    const std::size_t i = reads ? place : n, o = reads ? n : place;
                    const double entry = w[i * p.shape(2) + o];
                    whole += entry * entry;
                    for (std::size_t c = 0; c < components; ++c) along[c] += entry * p(c, i, o);
                }
            });
            for (std::size_t c = 0; c < components; ++c) share[f][c] += along[c] / whole / 3;
        }
    return share;
}

/// Every function alone, as its target and with the components that the mask activates, over x.
struct curves {
    std::vector<double> x;
    std::vector<std::vector<double>> target, found;  ///< [functions][points]
};
curves function_curves(auto& answers, const auto& active) {
    constexpr std::size_t points = 101;
    curves all;
    for (std::size_t n = 0; n < points; ++n) all.x.push_back(5.0 * static_cast<double>(n) / (points - 1));
    for (std::size_t f = 0; f < functions; ++f) {
        xt::xtensor<float, 2> inputs = xt::zeros<float>({points, std::size_t{5}});
        for (std::size_t n = 0; n < points; ++n) inputs(n, 0) = static_cast<float>(all.x[n]), inputs(n, 1 + f) = 1;
        const auto y = answers.target_outputs(inputs), z = answers.outputs(inputs, active);
        all.target.emplace_back(y.begin(), y.end());
        all.found.emplace_back(z.begin(), z.end());
    }
    return all;
}

void write_report(const std::vector<result_type>& results, const std::vector<curves>& shown, const std::string& path) {
    std::string figures;
    for (std::size_t f = 0; f < functions; ++f)
        figures += apd::line_chart(
            {{"target", shown[0].x, shown[0].target[f]}, {"one component", shown[0].x, shown[0].found[f]}},
            {.title = "Function " + std::to_string(f), .x_label = "x", .y_label = "y", .height = 200});
    apd::write_report(results, path,
                      {.title = "Gated functions, taken apart",
                       .subtitle = "A network that adds up those of four functions whose bits are set: each component "
                                   "should be one function, over both layers.",
                       .sections = {{"Every function alone, by the component of largest attribution", figures}}});
}

int run(auto& device, const command_line& options) {
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    std::vector<result_type> results;
    std::vector<curves> shown;
    std::vector<std::string> summaries;
    for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds && !*stop; ++seed) {
        const bool is_saved = !options.components.empty();
        if (is_saved) results.push_back(result_type::from(apd::load(options.components)));
        const std::uint64_t of_target = is_saved ? results.back().options.seed : seed;
        const gated_inputs data{.seed = of_target};
        const gated_target target(of_target);
        const auto folder = options.seeds > 1 ? out / ("seed_" + std::to_string(seed)) : out;
        const auto active = apd::batch_top_k(apd::gradient_attribution(), 0.2217);
        const auto objective =
            0.1 * apd::faithfulness() + 5.0 * apd::minimality(active) + 5.0 * apd::simplicity(active, apd::schatten(1));
        if (!is_saved) {
            apd::save(target.parameters, folder / "target.safetensors");
            results.push_back(apd::decompose<components>(device, target.parameters, data, objective,
                                                         {.steps = options.steps,
                                                          .batch = options.batch,
                                                          .learning_rate = 3e-3,
                                                          .shape = apd::decay::cosine,
                                                          .warm_up = 0.004,
                                                          .seed = seed,
                                                          .stop = stop},
                                                         apd::progress_bar("seed " + std::to_string(seed)),
                                                         options.saves.from(folder, "checkpoint"),
                                                         checkpoints::of(folder, "checkpoint")));
            apd::save(results.back(), folder / "components.safetensors");
        }

        const auto share = shares_of_weights(target, results.back());
        apd::evaluator answers(device, results.back(), 10'000);
        const auto x = answers.inputs(gated_inputs{.seed = of_target + 1'000'000}, 10'000);
        const auto y = answers.target_outputs(x), z = answers.outputs(x, active);
        double loss = 0, square = 0;
        for (const double each : apd::squared_errors(z, y)) loss += each / 10'000;
        for (const double each : y) square += each * each / 10'000;
        shown.push_back(function_curves(answers, apd::per_sample_top_k(apd::gradient_attribution(), 1)));

        std::vector<apd::finding> findings{
            {"model", "gated functions"}, {"loss, top-k", loss}, {"mean square of the target", square}};
        for (std::size_t f = 0; f < functions; ++f)
            findings.push_back({"shares of the weights of function " + std::to_string(f), share[f]});
        summaries.push_back(apd::summary(results.back(), findings));
        std::printf("\nseed %llu: share of each function's weights in every component\n",
                    static_cast<unsigned long long>(seed));
        for (std::size_t f = 0; f < functions; ++f) {
            std::printf("  function %zu ", f);
            for (const double each : share[f]) std::printf(" %7.3f", each);
            std::printf("\n");
        }
        std::printf("  top-k pass: mean square error %.3g, %.2f %% of the target's mean square\n", loss,
                    100 * loss / square);
    }
    if (results.empty()) return apd::stopped_exit_code;
    apd::write_file_atomically(out / "summary.json", apd::summaries(summaries));
    write_report(results, shown, (out / "report.html").string());
    std::cout << "Wrote " << (out / "report.html").string()
              << " (open it in a browser), summary.json, targets and components.\n";
    return *stop ? apd::stopped_exit_code : 0;
}

}  // namespace

int main(int argc, char** argv) {
    command_line options;
    arguments line("Takes a network of four gated functions apart.");
    line.add("--components", options.components, "Components saved by an earlier run, to be analysed alone");
    line.add("--seed", options.seed, "The first seed: of the target, the data and the initial components");
    line.add("--seeds", options.seeds, "How many seeds to run", arguments::positive);
    line.exclude("--seeds", "--components");
    line.add("--steps", options.steps, "Steps of a decomposition", arguments::positive);
    line.add("--batch", options.batch, "Samples of a batch", arguments::positive);
    options.where.add_to(line);
    options.saves.add_to(line);
    line.add("--out", options.out, "The folder for targets, components, summary.json and report.html");
    line.add_flag("--quick", options.quick, "10 000 steps of batch 2048: a minute, not the experiment");
    return line.run(argc, argv, [&] {
        if (options.quick) options.steps = std::min<std::size_t>(options.steps, 10'000), options.batch = 2048;
        return options.where.run([&](auto& device) { return run(device, options); });
    });
}
