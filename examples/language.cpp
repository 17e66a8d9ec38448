// A small language model of bytes: trained on a text, then taken apart by VPD into subcomponents whose importances a
// transformer has learned. The report shows where in the text each of them matters.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include <apd/apd.hpp>
#include <apd/report.hpp>

#include "checkpoints.hpp"
#include "device_options.hpp"
#include "end_with_report.hpp"

namespace {

// The published LlamaSimpleMLP with one block: 128 bytes, 128 wide, 4 heads.
constexpr std::size_t length = 128, bytes = 256, width = 128, heads = 4, size = width / heads, inner = 512;
template <std::size_t I>
using block =
    apd::chain<apd::residual<apd::rms_norm<apd::numbered<"h.*.rms_1", I>, width>,
                             apd::beside<apd::linear<apd::numbered<"h.*.q", I>, width, width>,
                                         apd::linear<apd::numbered<"h.*.k", I>, width, width>,
                                         apd::linear<apd::numbered<"h.*.v", I>, width, width>>,
                             apd::rotary<length, 2 * heads, size, heads>, apd::causal_attention<length, heads, size>,
                             apd::linear<apd::numbered<"h.*.o", I>, width, width>>,
               apd::residual<apd::rms_norm<apd::numbered<"h.*.rms_2", I>, width>,
                             apd::linear<apd::numbered<"h.*.fc", I>, width, inner>, apd::gelu_tanh,
                             apd::linear<apd::numbered<"h.*.down", I>, inner, width>>>;
using model = apd::network<apd::embedding<"wte", bytes, width>, apd::repeated<1, block>, apd::rms_norm<"ln_f", width>,
                           apd::transposed<"wte">>;
using shape = apd::subcomponents<100, 100, 150, 150, 300, 300>;
using windows = apd::token_windows<length, bytes>;
constexpr std::size_t at_once = 8;  // windows that are looked at together

constexpr auto importances = apd::transformer_importances<128, 1, 4, 256>();

struct language_options {
    std::string text, target, out = "language_results";
    std::size_t train_steps = 3'000, steps = 3'000, batch = 8, seed = 0;
    bool quick = false;
    device_options where;
    checkpoints saves;
};

// A file's bytes; without a file, the documentation and the headers of this library.
std::vector<std::uint32_t> read_text(const std::string& file) {
    std::vector<std::filesystem::path> pages{file};
    if (file.empty()) {
        pages.clear();
        for (const char* const folder : {"docs", "include"})
            for (const auto& each :
                 std::filesystem::recursive_directory_iterator(std::filesystem::path(APD_EXAMPLE_TEXTS) / folder))
                if (const auto& page = each.path(); page.extension() == ".md" || page.extension() == ".hpp")
                    pages.push_back(page);
        std::ranges::sort(pages);
    }
    std::vector<std::uint32_t> all;
    for (const auto& page : pages) {
        const apd::tokens some(page);
        all.resize(all.size() + some.size());
        some.read(0, std::span(all).last(some.size()));
    }
    return all;
}
double bits(double nats) { return nats / std::numbers::ln2; }
// The mean −log₂ of the share that logits [N, bytes] give to the bytes that follow.
double bits_a_byte(const auto& logits, const std::vector<std::uint32_t>& next) {
    double sum = 0;
    for (std::size_t n = 0; n < next.size(); ++n) {
        double largest = logits(n, 0), all = 0;
        for (std::size_t w = 1; w < bytes; ++w) largest = std::max(largest, double{logits(n, w)});
        for (std::size_t w = 0; w < bytes; ++w) all += std::exp(double{logits(n, w)} - largest);
        sum += std::log(all) + largest - double{logits(n, next[n])};
    }
    return bits(sum / static_cast<double>(next.size()));
}
// What stands before a place of the text, and the byte there, in brackets.
std::string context(const std::vector<std::uint32_t>& text, std::size_t row) {
    std::string shown;
    const std::size_t first = std::max(row / length * length, row < 28 ? 0 : row - 28);
    for (std::size_t n = first; n <= row; ++n) {
        const auto byte = static_cast<char>(text[n]);
        if (n == row) shown += "[";
        if (byte == '\n') shown += "⏎";
        else if (byte >= ' ' && byte < 127) shown += byte;
        else shown += "·";
        if (n == row) shown += "]";
    }
    return shown;
}
// The subcomponents of a site that matter at no more than a tenth of all places, the most used first, and contexts in
// which they matter most: of those where they matter as much, drawn ones, no two from one window.
std::string contexts_figure(const xt::xtensor<double, 2>& g, const std::vector<std::uint32_t>& text,
                            const std::string& site) {
    constexpr std::size_t most = 24, contexts = 4;
    const std::size_t rows = g.shape(0);
    std::vector<std::size_t> rare;
    const auto share = apd::importance_densities(g);
    for (std::size_t c = 0; c < share.size(); ++c)
        if (share[c] > 0 && share[c] <= 0.1) rare.push_back(c);
    std::ranges::sort(rare, [&](std::size_t a, std::size_t b) { return share[a] > share[b]; });
    std::vector<std::size_t> order(rows);
    std::vector<std::vector<std::string>> lines;
    for (const std::size_t c : rare) {
        if (lines.size() == most) break;
        for (std::size_t n = 0; n < rows; ++n) order[n] = apd::ext::shuffled_place(n, rows, 0, c);
        std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return g(a, c) > g(b, c); });
        char where[16];
        std::snprintf(where, sizeof where, "%.1f %%", 100 * share[c]);
        std::vector<std::string> line{std::to_string(c), where};
        std::vector<std::size_t> seen;
        for (const std::size_t row : order) {
            if (line.size() == 2 + contexts || g(row, c) <= 0.1) break;
            if (std::ranges::find(seen, row / length) != seen.end()) continue;
            seen.push_back(row / length);
            line.push_back(context(text, row));
        }
        line.resize(2 + contexts);
        lines.push_back(line);
    }
    if (lines.empty()) return "<p>Each matters nowhere, or at more than a tenth of all places.</p>\n";
    return apd::table_figure({"subcomponent", "matters at", "where it matters most", "", "", ""}, lines,
                             "Subcomponents of " + site +
                                 " that matter at no more than a tenth of all places, the most "
                                 "used first; the byte is in brackets.");
}

int take_apart(auto& device, const language_options& options) {
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    const auto text = read_text(options.text);
    const apd::tokens all(text);
    const std::size_t seen = all.size() / 10 * 9;
    if (all.size() - seen < at_once * length + 1)
        throw apd::error("language", "the text has " + std::to_string(text.size()) + " bytes",
                         "give one of 12 kB or more");
    const windows train(all.part(0, seen), options.seed), held_out(all.part(seen, all.size() - seen));

    auto target = apd::parameters<model>();
    if (options.target.empty()) {
        target = apd::train<model>(device, train,
                                   {.steps = options.quick ? 200 : options.train_steps,
                                    .batch = options.batch * length,
                                    .learning_rate = 3e-3,
                                    .weight_decay = 0.1,
                                    .shape = apd::decay::half_cosine,
                                    .warm_up = 0.05,
                                    .final_share = 0.1,
                                    .gradient_limit = 1,
                                    .seed = options.seed,
                                    .stop = stop},
                                   apd::cross_entropy, apd::progress_bar("model"), options.saves.from(out, "training"),
                                   checkpoints::of(out, "training"));
        if (*stop) return apd::stopped_exit_code;
        apd::save(target.to_tensors(), out / "target.safetensors");
    } else {
        target = apd::parameters<model>(apd::load(options.target, apd::stored_in_out));
    }
    const double of_target = bits(apd::score(device, target, held_out).loss);
    std::printf("%.2f bits a byte on the text, %.2f on a part of it that was held out.\n",
                bits(apd::score(device, target, train).loss), of_target);

    const std::size_t steps = options.quick ? 40 : options.steps;
    const auto objective =
        1e3 * apd::faithfulness() +
        3e-4 * apd::importance_minimality(importances, apd::annealed{2, 0.4, 0, static_cast<double>(steps)}, 0.5) +
        0.5 * apd::reconstruction(apd::stochastic(importances), apd::random_sites, apd::kl_divergence) +
        0.5 * apd::reconstruction(
                  apd::persistent_adversary(importances,
                                            {.rate = 0.01, .ramp = 0.025 * static_cast<double>(steps), .before = 2}),
                  apd::all_sites, apd::kl_divergence);
    const auto result = apd::decompose<shape>(
        device,
        apd::plan{target, train, objective,
                  apd::decompose_options{.steps = steps,
                                         .batch = options.batch * length,
                                         .learning_rate = 1e-3,
                                         .shape = apd::decay::half_cosine,
                                         .final_share = 0.1,
                                         .limits = {.factors = 1},
                                         .faithful = {.steps = options.quick ? 50U : 400U},
                                         .seed = options.seed,
                                         .stop = stop}},
        apd::progress_bar("language"), options.saves.from(out, "checkpoint"), checkpoints::of(out, "checkpoint"));
    apd::save(result, out / "subcomponents.safetensors");

    // What it makes of windows from all over the text that was held out.
    const std::size_t there = held_out.size() / length, most = options.quick ? 8 : 64;
    const std::size_t rows = std::min(there, most) / at_once * at_once * length;
    std::vector<std::uint32_t> shown, next;
    for (std::size_t n = 0; n < rows / length; ++n) {
        std::vector<std::uint32_t> window(length + 1);
        all.read(seen + n * (there / (rows / length)) * length, window);
        shown.insert(shown.end(), window.begin(), window.end() - 1);
        next.insert(next.end(), window.begin() + 1, window.end());
    }
    apd::evaluator answers(device, result, at_once * length);
    auto x = decltype(answers)::matrix::from_shape({rows, 1});
    std::ranges::copy(shown, x.data());
    const auto g = answers.importances(x, importances);
    const auto found = apd::mask_comparison(answers, importances, x, {}, apd::kl_divergence);
    std::printf("\n%12s %12s %10s %10s %10s %10s\n", "per position", "bits masked", "KL masked", "rounded",
                "stochastic", "none");
    std::printf("%12.1f %12.2f %10.3f %10.3f %10.3f %10.3f\n", apd::importance_l0(g),
                bits_a_byte(answers.outputs(x, g), next), found.importances, found.rounded, found.stochastic,
                found.none);
    std::printf(
        "(subcomponents with an importance above 0.1, of %zu; bits a byte of the masked model, %.2f of the target; "
        "divergences from its answers. %.1f s)\n",
        g.shape(1), bits_a_byte(answers.target_outputs(x), next), result.seconds);

    std::string contexts;
    std::vector<std::pair<std::string, std::vector<double>>> spectrum;
    for (std::size_t s = 0; s < model::sites.size(); ++s) {
        const auto of_site = apd::of_site(answers, g, s);
        contexts += contexts_figure(of_site, shown, std::string(model::site_names[s]));
        spectrum.emplace_back(model::site_names[s], apd::mean_importances(of_site));
    }
    apd::write_report(result, out / "report.html",
                      {.title = "A language model, taken apart",
                       .subtitle = "A model of bytes with one block, its six matrices as sums of subcomponents.",
                       .sections = {{"Where subcomponents matter", contexts},
                                    {"Which are used", apd::importance_spectrum_figure(spectrum)}}});
    return end_with_report(result, out / "report.html", *stop);
}

}  // namespace

int main(int argc, char** argv) {
    language_options options;
    arguments line("Trains a language model of bytes, and takes it apart by VPD.");
    line.add("--text", options.text, "A file (else the documentation and the headers of this library)");
    line.add("--target", options.target, "A trained model in safetensors (else one is trained)");
    line.add("--train-steps", options.train_steps, "Steps of training", arguments::positive);
    line.add("--steps", options.steps, "Steps of the decomposition", arguments::positive);
    line.add("--batch", options.batch, "Windows of 128 bytes in a batch", arguments::positive);
    line.add("--seed", options.seed, "The seed of everything");
    line.add_flag("--quick", options.quick, "A few steps: seconds, to see what comes out");
    options.where.add_to(line);
    options.saves.add_to(line);
    line.add("--out", options.out, "The folder for the model, its subcomponents and report.html");
    return line.run(argc, argv,
                    [&] { return options.where.run([&](auto& device) { return take_apart(device, options); }); });
}
