// Addition modulo a prime: a network of one hidden layer that was trained on a part of all sums until it knew the rest,
// which it does by angles: every neuron turns with one frequency. SPD takes it apart; the report shows which
// frequencies neurons and subcomponents hold.

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <apd/apd.hpp>
#include <apd/report.hpp>

#include "checkpoints.hpp"
#include "device_options.hpp"
#include "end_with_report.hpp"

namespace {

constexpr std::size_t prime = 59, hidden = 128, frequencies = (prime - 1) / 2;
using adder = apd::network<apd::linear<"in", 2 * prime, hidden>, apd::relu, apd::linear<"out", hidden, prime>>;
using shape = apd::subcomponents<120, 60>;
using sums = apd::labelled_samples<2 * prime, apd::class_labels<prime>>;

constexpr auto importances = apd::shared_importances<100>();

struct adder_options {
    std::string target, out = "modular_addition_results";
    std::size_t train_steps = 6'000, steps = 3'000, batch = 1024, seed = 0;
    bool quick = false;
    device_options where;
    checkpoints saves;
};

// Pairs (a, b) as two rows of zeros and a one, side by side, with a + b: those of a random part of all, or the others.
struct all_sums {
    std::vector<float> rows;
    std::vector<std::uint32_t> labels;

    all_sums(std::uint64_t seed, bool is_wanted, double part) {
        for (std::uint32_t a = 0; a < prime; ++a)
            for (std::uint32_t b = 0; b < prime; ++b) {
                const apd::ext::random_key key{.seed = seed, .stream = apd::ext::data_stream};
                if ((apd::ext::unit_interval<double>(apd::ext::random_word(key, a, b)) < part) != is_wanted) continue;
                rows.resize(rows.size() + 2 * prime);
                rows[rows.size() - 2 * prime + a] = rows[rows.size() - prime + b] = 1;
                labels.push_back((a + b) % prime);
            }
    }
    sums source(std::uint64_t seed) const { return {rows, labels, seed}; }
};

// What something reads from a and from b, or says of every answer: functions on the numbers modulo p. Shares are of
// their squares, without their means.
struct contents {
    std::vector<double> of_frequencies = std::vector<double>(frequencies), of_numbers;

    // `count` functions, whose values f gives one after the other.
    contents(std::size_t count, const auto& f) {
        double squares = 1e-30;
        for (std::size_t n = 0; n < count; ++n) {
            double mean = 0;
            for (std::size_t a = 0; a < prime; ++a) mean += double{f(n * prime + a)} / prime;
            std::vector<std::complex<double>> turned(frequencies);
            for (std::size_t a = 0; a < prime; ++a) {
                const double value = double{f(n * prime + a)} - mean;
                of_numbers.push_back(value * value);
                squares += value * value;
                for (std::size_t k = 1; k <= frequencies; ++k) {
                    const double angle = -2 * std::numbers::pi * static_cast<double>(k * a % prime) / prime;
                    turned[k - 1] += value * std::polar(1.0, angle);
                }
            }
            for (std::size_t k = 0; k < frequencies; ++k) of_frequencies[k] += 2 * std::norm(turned[k]) / prime;
        }
        for (auto* all : {&of_frequencies, &of_numbers})
            for (double& each : *all) each /= squares;
    }
};
using shares = std::vector<double> contents::*;
// Shares down, things across, in the order of the largest of each.
apd::matrix_panel panel(const std::string& title, const std::string& down, std::vector<contents> all, shares which) {
    const auto main = [&](const contents& each) {
        return std::ranges::max_element(each.*which) - (each.*which).begin();
    };
    std::ranges::stable_sort(all, {}, main);
    const std::size_t rows = all.empty() ? 0 : (all.front().*which).size();
    std::vector<double> values;
    for (std::size_t k = 0; k < rows; ++k)
        for (const auto& each : all) values.push_back((each.*which)[k]);
    return {.title = title, .rows = rows, .columns = all.size(), .values = values, .row_name = down};
}
void print(const char* what, const std::vector<contents>& all) {
    double frequency = 0, number = 0;
    const auto count = static_cast<double>(all.size());
    for (const auto& each : all) {
        frequency += std::ranges::max(each.of_frequencies) / count;
        number += std::ranges::max(each.of_numbers) / count;
    }
    std::printf("%26s %8zu %14.2f %11.2f\n", what, all.size(), frequency, number);
}

int take_apart(auto& device, const adder_options& options) {
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    const all_sums seen(options.seed, true, 0.6), others(options.seed, false, 0.6), all(0, true, 1);

    const auto target = options.target.empty() ? apd::train<adder>(device, seen.source(options.seed),
                                                                   {.steps = options.train_steps,
                                                                    .batch = seen.labels.size(),
                                                                    .learning_rate = 3e-3,
                                                                    .weight_decay = 1,
                                                                    .seed = options.seed,
                                                                    .stop = stop},
                                                                   apd::cross_entropy, apd::progress_bar("target"))
                                               : apd::parameters<adder>(apd::load(options.target));
    if (*stop) return apd::stopped_exit_code;
    apd::save(target, out / "target.safetensors");
    std::printf("The network is right on %.1f %% of the sums it was trained on, %.1f %% of the others.\n",
                100 * apd::score(device, target, seen.source(0)).accuracy,
                100 * apd::score(device, target, others.source(0)).accuracy);

    const auto w_in = target.template get<"in">(), w_out = target.template get<"out">();
    std::vector<contents> neurons_read, neurons_write;
    for (std::size_t h = 0; h < hidden; ++h) {
        neurons_read.emplace_back(2, [&](std::size_t i) { return w_in[i * hidden + h]; });
        neurons_write.emplace_back(1, [&](std::size_t k) { return w_out[h * prime + k]; });
    }

    const std::size_t steps = options.quick ? 1'000 : options.steps;
    const auto masks = apd::stochastic(importances);
    const auto objective =
        10 * apd::faithfulness() +
        1e-2 * apd::importance_minimality(importances, apd::annealed{2, 0.5, 0, static_cast<double>(steps)}) +
        apd::reconstruction(masks, apd::all_sites, apd::kl_divergence) +
        apd::reconstruction(masks, apd::each_site, apd::kl_divergence);
    const auto result =
        apd::decompose<shape>(device,
                              apd::plan{target, all.source(options.seed), objective,
                                        apd::decompose_options{.steps = steps,
                                                               .batch = options.batch,
                                                               .learning_rate = 2e-3,
                                                               .shape = apd::decay::half_cosine,
                                                               .final_share = 0.05,
                                                               .faithful = {.steps = 200, .weight_decay = 0.1},
                                                               .seed = options.seed,
                                                               .stop = stop}},
                              apd::progress_bar("modular addition"), options.saves.from(out, "checkpoint"),
                              checkpoints::of(out, "checkpoint"));
    apd::save(result, out / "subcomponents.safetensors");

    apd::evaluator answers(device, result, all.labels.size());
    auto x = decltype(answers)::matrix::from_shape({all.labels.size(), 2 * prime});
    std::ranges::copy(all.rows, x.data());
    const auto g = answers.importances(x, importances);
    const auto found = apd::mask_comparison(answers, importances, x, {}, apd::kl_divergence);
    const auto means = apd::mean_importances(g);
    std::vector<contents> read, written;
    constexpr std::size_t of_in = shape::range_of(0, 2).count;
    for (std::size_t c = 0; c < means.size(); ++c) {
        const auto &u = result.learned.left[0], &v = result.learned.right[1];
        if (means[c] < 1e-3) continue;
        if (c < of_in) read.emplace_back(2, [&](std::size_t i) { return u[c * 2 * prime + i]; });
        else written.emplace_back(1, [&](std::size_t k) { return v[(c - of_in) * prime + k]; });
    }
    std::printf(
        "%.1f subcomponents to a sum have an importance above 0.1. KL from the network: %.3f with importances "
        "as masks, %.3f with drawn masks.\n",
        apd::importance_l0(g), found.importances, found.stochastic);
    std::printf(
        "Of the squares of what they read or write, their main frequency and their main number have\n%26s %8s "
        "%14s %11s\n",
        "", "count", "a frequency", "a number");
    print("neurons read", neurons_read), print("subcomponents of in read", read);
    print("neurons write", neurons_write), print("those of out write", written);

    apd::write_report(
        result, out / "report.html",
        {.title = "Addition modulo " + std::to_string(prime) + ", taken apart",
         .subtitle = "Two matrices of a network that adds by turning angles, as sums of subcomponents.",
         .sections = {{"Frequencies that neurons and subcomponents read",
                       apd::matrix_figure({panel("neurons", "frequency − 1", neurons_read, &contents::of_frequencies),
                                           panel("subcomponents", "frequency − 1", read, &contents::of_frequencies)},
                                          "The share that each frequency has of what is read from a and b.")},
                      {"Numbers that they read",
                       apd::matrix_figure({panel("neurons", "a, then b", neurons_read, &contents::of_numbers),
                                           panel("subcomponents", "a, then b", read, &contents::of_numbers)},
                                          "The share that each number has of what is read.")},
                      {"Frequencies that they write",
                       apd::matrix_figure({panel("neurons", "frequency − 1", neurons_write, &contents::of_frequencies),
                                           panel("subcomponents", "frequency − 1", written, &contents::of_frequencies)},
                                          "The share that each frequency has of what is written to the answers.")}}});
    return end_with_report(result, out / "report.html", *stop);
}

}  // namespace

int main(int argc, char** argv) {
    adder_options options;
    arguments line("Takes a network that adds modulo 59 apart by SPD.");
    line.add("--target", options.target, "A trained network in safetensors (else one is trained)");
    line.add("--train-steps", options.train_steps, "Steps of its training", arguments::positive);
    line.add("--steps", options.steps, "Steps of the decomposition", arguments::positive);
    line.add("--batch", options.batch, "Sums of a batch", arguments::positive);
    line.add("--seed", options.seed, "The seed of everything");
    line.add_flag("--quick", options.quick, "1000 steps: to see what comes out");
    options.where.add_to(line);
    options.saves.add_to(line);
    line.add("--out", options.out, "The folder for network, subcomponents and report.html");
    return line.run(argc, argv,
                    [&] { return options.where.run([&](auto& device) { return take_apart(device, options); }); });
}
