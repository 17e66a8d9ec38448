// A model of two layers of attention that learns to go on with what it has seen: behind a trigger it names the word
// that stood behind the first one. SPD takes it apart into the part that looks back by a position and the part that
// finds the place; the report shows the patterns of attention with and without them, and where in a sequence they
// matter.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <apd/apd.hpp>
#include <apd/report.hpp>

#include "checkpoints.hpp"
#include "device_options.hpp"
#include "end_with_report.hpp"

namespace {

constexpr std::size_t length = 64, symbols = 128, width = 16;
constexpr std::uint32_t start = symbols, trigger = symbols + 1;
constexpr std::size_t words = symbols + 2;
template <std::size_t I>
using block = apd::residual<apd::beside<apd::linear<apd::numbered<"h.*.q", I>, width, width>,
                                        apd::linear<apd::numbered<"h.*.k", I>, width, width>,
                                        apd::linear<apd::numbered<"h.*.v", I>, width, width>>,
                            apd::sinusoidal_positions<length, width, 2, width>, apd::causal_attention<length, 1, width>,
                            apd::linear<apd::numbered<"h.*.o", I>, width, width>>;
using model = apd::network<apd::embedding<"wte", words, width>, apd::repeated<2, block>, apd::last_position<length>,
                           apd::transposed<"wte">>;
using shape = apd::subcomponents<16>;

constexpr auto importances = apd::shared_importances<64>();

// Sequences start, symbols drawn at random, a trigger, a symbol M, more of them, a trigger: what follows is M.
class induction_sequences {
    using words_view = apd::ext::view<float, apd::ext::extents<apd::ext::dynamic, 1>>;

  public:
    static constexpr std::size_t features = 1, sequence_length = length;
    using labels = apd::class_labels<words>;
    using label_number = std::uint32_t;
    using label_view = apd::ext::view<label_number, apd::ext::extents<apd::ext::dynamic>>;

    explicit induction_sequences(std::uint64_t seed) : seed_(seed) {}
    void fill(auto& device, std::uint32_t step, words_view x) const {
        device.upload(std::span<const float>(sequences(step, x.batch).first), x);
    }
    void fill(auto& device, std::uint32_t step, words_view x, label_view y) const {
        const auto [rows, next] = sequences(step, x.batch);
        device.upload(std::span<const float>(rows), x);
        device.upload(std::span<const label_number>(next), y);
    }
    // What `score` asks for: as many rows as it is to count, of data that have no end.
    std::size_t size() const { return 1024 * length; }
    void fill_in_order(auto& device, std::size_t first, words_view x, label_view y) const {
        fill(device, static_cast<std::uint32_t>(first), x, y);
    }
    // Where the first trigger of a sequence stands.
    static std::size_t first_trigger(const auto& x, std::size_t begin) {
        std::size_t t = 0;
        while (x(begin + t, 0) != static_cast<float>(trigger)) ++t;
        return t;
    }

  private:
    std::pair<std::vector<float>, std::vector<label_number>> sequences(std::uint32_t step, std::size_t rows) const {
        const apd::ext::random_key key{.seed = seed_, .stream = apd::ext::data_stream, .step = step};
        std::vector<float> x(rows);
        std::vector<label_number> y(rows, apd::no_class);
        for (std::size_t n = 0; n < rows / length; ++n) {
            const std::span sequence(x.data() + n * length, length);
            for (std::size_t t = 0; t < length; ++t)
                sequence[t] = static_cast<float>(apd::ext::random_word(key, n, t) % symbols);
            const std::size_t first = 1 + apd::ext::random_word(key, n, length) % (length - 3);
            sequence.front() = start;
            sequence[first] = sequence.back() = trigger;
            y[(n + 1) * length - 1] = static_cast<label_number>(sequence[first + 1]);
        }
        return {std::move(x), std::move(y)};
    }

    std::uint64_t seed_;
};

struct induction_options {
    std::string target, out = "induction_results";
    std::size_t train_steps = 1'500, steps = 3'000, batch = 16, seed = 0;
    bool quick = false;
    device_options where;
    checkpoints saves;
};

// The model without some subcomponents [C] of all sites.
apd::parameters<model> without(const auto& result, const std::vector<bool>& some) {
    apd::parameters<model> rest = result.target;
    std::size_t c = 0;
    apd::repeat<model::sites.size()>([&](auto s) {
        const auto matrices = result.template component_at<s>();
        const auto weights = rest.at(model::parameter_of<model::sites[s]>);
        for (std::size_t of_site = 0; of_site < matrices.shape(0); ++of_site, ++c)
            for (std::size_t i = 0; some[c] && i < weights.size(); ++i)
                weights[i] -= matrices(of_site, i / width, i % width);
    });
    return rest;
}

// How much the symbol behind the first trigger reads from that in layer 1, and the last trigger from the symbol in
// layer 2: means over sequences.
std::pair<double, double> reads_back(auto& device, const apd::parameters<model>& of, const auto& x) {
    const auto first = apd::attention_pattern<0>(device, of, x), second = apd::attention_pattern<1>(device, of, x);
    double previous = 0, found = 0;
    for (std::size_t begin = 0; begin < x.shape(0); begin += length) {
        const std::size_t t = induction_sequences::first_trigger(x, begin);
        previous += static_cast<double>(first(begin + t + 1, 0, t));
        found += static_cast<double>(second(begin + length - 1, 0, t + 1));
    }
    const auto sequences = static_cast<double>(x.shape(0) / length);
    return {previous / sequences, found / sequences};
}
// The patterns of both layers in one sequence.
std::vector<apd::matrix_panel> patterns(auto& device, const apd::parameters<model>& of, const auto& x,
                                        const std::string& name) {
    std::vector<apd::matrix_panel> panels;
    const auto add = [&](const auto& p, const std::string& layer) {
        auto& panel = panels.emplace_back(apd::matrix_panel{name + ", " + layer, length, length, {}});
        for (std::size_t t = 0; t < length; ++t)
            for (std::size_t s = 0; s < length; ++s) panel.values.push_back(static_cast<double>(p(t, 0, s)));
    };
    add(apd::attention_pattern<0>(device, of, x), "layer 1");
    add(apd::attention_pattern<1>(device, of, x), "layer 2");
    return panels;
}
// Where in a sequence subcomponents matter: by the role of the position, the share of sequences.
std::string roles_table(const xt::xtensor<float, 2>& g, const auto& x, const std::vector<std::size_t>& used,
                        std::size_t of_site) {
    std::vector<std::vector<std::string>> lines;
    for (const std::size_t c : used) {
        std::array<double, 4> share{};  // first trigger, behind it, last, all others
        for (std::size_t begin = 0; begin < x.shape(0); begin += length) {
            const std::size_t t = induction_sequences::first_trigger(x, begin);
            for (std::size_t at = 0; at < length; ++at) {
                const std::size_t role = at == t ? 0U : at == t + 1 ? 1U : at + 1 == length ? 2U : 3U;
                if (g(begin + at, c) > 0.1F) share[role] += role < 3 ? 1 : 1 / static_cast<double>(length - 3);
            }
        }
        std::vector<std::string> line{std::string(model::site_names[c / of_site]), std::to_string(c % of_site)};
        for (const double each : share) {
            char text[16];
            std::snprintf(text, sizeof text, "%.0f %%", 100 * each * length / static_cast<double>(x.shape(0)));
            line.emplace_back(text);
        }
        lines.push_back(line);
    }
    return apd::table_figure({"matrix", "subcomponent", "first trigger", "behind it", "last trigger", "elsewhere"},
                             lines,
                             "Subcomponents that are used: the share of sequences in which each matters (an importance "
                             "above 0.1) at a position of that role.");
}

int take_apart(auto& device, const induction_options& options) {
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    const induction_sequences data(options.seed), others(options.seed + 1'000'000);

    auto target = apd::parameters<model>();
    if (options.target.empty()) {
        target = apd::train<model>(device, data,
                                   {.steps = options.quick ? 1'000 : options.train_steps,
                                    .batch = 64 * length,
                                    .learning_rate = 3e-3,
                                    .weight_decay = 0.01,
                                    .warm_up = 0.02,
                                    .final_share = 0.1,
                                    .gradient_limit = 1,
                                    .seed = options.seed,
                                    .stop = stop},
                                   apd::cross_entropy, apd::progress_bar("model"), options.saves.from(out, "training"),
                                   checkpoints::of(out, "training"));
        if (*stop) return apd::stopped_exit_code;
        apd::save(target.to_tensors(), out / "target.safetensors");
    } else {
        target = apd::parameters<model>(apd::load(options.target));
    }
    const auto answered = [&](const apd::parameters<model>& of) {
        return 100 * apd::score(device, of, others, apd::cross_entropy).accuracy;
    };
    std::printf("The model names the right word of %zu in %.1f %% of sequences that it has not seen.\n", symbols,
                answered(target));

    // Losses are means over all positions, of which only the last has an output.
    const auto objective = 1e-2 * apd::importance_minimality(importances, 0.4) +
                           1.0 * apd::reconstruction(apd::masked_by(importances), apd::all_sites, apd::kl_divergence) +
                           1.0 * apd::reconstruction(apd::stochastic(importances), apd::all_sites, apd::kl_divergence);
    const std::size_t steps = options.quick ? 100 : options.steps;
    const auto result = apd::decompose<shape>(device,
                                              apd::plan{target, data, objective,
                                                        apd::decompose_options{.steps = steps,
                                                                               .batch = options.batch * length,
                                                                               .learning_rate = 2e-3,
                                                                               .shape = apd::decay::half_cosine,
                                                                               .final_share = 0.1,
                                                                               .limits = {.factors = 1},
                                                                               .faithful = {.steps = 400},
                                                                               .seed = options.seed,
                                                                               .stop = stop}},
                                              apd::progress_bar("induction"), options.saves.from(out, "checkpoint"),
                                              checkpoints::of(out, "checkpoint"));
    apd::save(result, out / "subcomponents.safetensors");

    apd::evaluator answers(device, result, 16 * length);
    const std::size_t sequences = 256;
    const auto x = answers.inputs(others, sequences * length);
    const auto g = answers.importances(x, importances);
    const std::size_t of_site = g.shape(1) / model::sites.size();
    std::vector<std::size_t> used;
    double active = 0;
    for (std::size_t s = 0, c = 0; s < model::sites.size(); ++s)
        for (const double density : apd::importance_densities(apd::of_site(answers, g, s))) {
            const double times = density * length;  // in a sequence
            if (times > 0.05) used.push_back(c);
            active += times, ++c;
        }
    const auto masked = answers.outputs(x, g);
    std::size_t right = 0;
    for (std::size_t begin = 0; begin < x.shape(0); begin += length) {
        const auto* const logits = &masked(begin + length - 1, 0);
        const auto best = static_cast<std::size_t>(std::max_element(logits, logits + words) - logits);
        right += best == static_cast<std::size_t>(x(begin + induction_sequences::first_trigger(x, begin) + 1, 0));
    }
    std::printf(
        "%zu of %zu subcomponents are used, %.1f times in a sequence of %zu positions; masked by their "
        "importances, the model is right in %.1f %%. (%.1f s)\n\n",
        used.size(), g.shape(1), active, length, 100.0 * static_cast<double>(right) / sequences, result.seconds);

    // Sites 0 to 3 are q, k, v and o of layer 1, 4 to 7 those of layer 2.
    struct part {
        const char* name;
        std::size_t first, last;  // sites
    };
    const std::array parts{part{"nothing", 1, 0}, part{"layer 1: looks back by a position", 0, 3},
                           part{"q and k of layer 2: find the place", 4, 5},
                           part{"v and o of layer 2: copy the word", 6, 7}};
    std::vector<std::vector<std::string>> lines;
    std::printf("%-36s %12s %12s %10s\n", "without the subcomponents of", "looks back", "finds", "right");
    auto one = xt::xtensor<float, 2>::from_shape({length, 1});
    std::copy_n(x.data(), length, one.data());
    std::vector<apd::matrix_panel> panels = patterns(device, target, one, "the model");
    for (const auto& each : parts) {
        std::vector<bool> taken(g.shape(1));
        for (const std::size_t c : used) taken[c] = each.first <= c / of_site && c / of_site <= each.last;
        const auto rest = without(result, taken);
        const auto [back, found] = reads_back(device, rest, x);
        const double share = answered(rest);
        std::printf("%-36s %12.3f %12.3f %8.1f %%\n", each.name, back, found, share);
        char numbers[3][16];
        std::snprintf(numbers[0], 16, "%.3f", back);
        std::snprintf(numbers[1], 16, "%.3f", found);
        std::snprintf(numbers[2], 16, "%.1f %%", share);
        lines.push_back({each.name, numbers[0], numbers[1], numbers[2]});
        if (each.first < each.last && each.last < 6)
            for (auto& panel :
                 patterns(device, rest, one, "without " + std::string(each.last == 3 ? "layer 1" : "q, k")))
                panels.push_back(std::move(panel));
    }
    std::printf(
        "(what the word behind the first trigger reads from that, in layer 1; what the last trigger reads from "
        "that word, in layer 2)\n\n");

    apd::matrix_panel map{"importances", length, used.size(), {}, "", "position", "subcomponent"};
    for (std::size_t t = 0; t < length; ++t)
        for (const std::size_t c : used) map.values.push_back(static_cast<double>(g(t, c)));
    apd::write_report(
        result, out / "report.html",
        {.title = "An induction head, taken apart",
         .subtitle = "Two layers of attention that find what stood behind the last trigger, as sums of subcomponents.",
         .sections = {
             {"What its parts do",
              apd::table_figure({"without the subcomponents of", "looks back", "finds", "right"}, lines,
                                "What the word behind the first trigger reads from that in layer 1, and the last "
                                "trigger from that word in layer 2; shares of sequences that are answered right.")},
             {"Attention", apd::matrix_figure(panels,
                                              "Attention in one sequence: each position, from top to bottom, "
                                              "reads from positions to its left.")},
             {"Where subcomponents matter",
              roles_table(g, x, used, of_site) +
                  apd::matrix_figure({map}, "Importances of the subcomponents that are used, in one sequence.")}}});
    return end_with_report(result, out / "report.html", *stop);
}

}  // namespace

int main(int argc, char** argv) {
    induction_options options;
    arguments line("Trains a model with an induction head, and takes it apart by SPD.");
    line.add("--target", options.target, "A trained model in safetensors (else one is trained)");
    line.add("--train-steps", options.train_steps, "Steps of training", arguments::positive);
    line.add("--steps", options.steps, "Steps of the decomposition", arguments::positive);
    line.add("--batch", options.batch, "Sequences of 64 words in a batch", arguments::positive);
    line.add("--seed", options.seed, "The seed of everything");
    line.add_flag("--quick", options.quick, "A few steps: a minute, to see what comes out");
    options.where.add_to(line);
    options.saves.add_to(line);
    line.add("--out", options.out, "The folder for the model, its subcomponents and report.html");
    return line.run(argc, argv,
                    [&] { return options.where.run([&](auto& device) { return take_apart(device, options); }); });
}
