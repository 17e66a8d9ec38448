// Handwritten digits: a classifier is trained, then taken apart into subcomponents with learned importances. Inputs are
// dense, unlike those of the toy models: every image uses a few subcomponents, and nobody knows beforehand which.
//
// The images, 1797 of 8×8 pixels, are the test part of "Optical Recognition of Handwritten Digits" (E. Alpaydin,
// C. Kaynak, UCI Machine Learning Repository, CC BY 4.0).

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <apd/apd.hpp>
#include <apd/report.hpp>

#include "checkpoints.hpp"
#include "device_options.hpp"
#include "end_with_report.hpp"

namespace {

constexpr std::size_t pixels = 64, hidden = 24, classes = 10;
using classifier = apd::network<apd::linear<"W1", pixels, hidden>, apd::bias<"b1", hidden>, apd::relu,
                                apd::linear<"W2", hidden, classes>, apd::bias<"b2", classes>>;
using shape = apd::subcomponents<60, 40>;
using images = apd::labelled_samples<pixels, apd::class_labels<classes>>;

struct digit_options {
    std::string data = APD_EXAMPLE_DATA "/digits.safetensors", target, out = "digits_results";
    std::size_t steps = 20'000, batch = 512, seed = 0;
    bool adversary = false, quick = false;
    device_options where;
    checkpoints saves;
};

// All images, [N, 64] pixels from 0 to 1, and their classes.
struct all_images {
    std::vector<float> rows;
    std::vector<std::uint32_t> labels;

    explicit all_images(const apd::tensors& file) {
        const auto of_images = file.shape("images"), of_labels = file.shape("labels");
        if (of_images.size() != 2 || of_images[1] != pixels || of_labels != std::vector{of_images[0]})
            throw apd::error("digits", "the file has no images [N, 64] with labels [N]",
                             "give images of 8×8 pixels from 0 to 16, a row each");
        for (const float pixel : file.get<float>("images")) rows.push_back(pixel / 16);
        for (const std::uint32_t label : file.get<std::uint32_t>("labels")) labels.push_back(label);
    }
    // All but every fifth, or these.
    images part(bool held_out, std::uint64_t seed) const {
        std::vector<float> some;
        std::vector<std::uint32_t> of_some;
        for (std::size_t n = 0; n < labels.size(); ++n) {
            if ((n % 5 == 4) != held_out) continue;
            const auto image = std::span(rows).subspan(n * pixels, pixels);
            some.insert(some.end(), image.begin(), image.end());
            of_some.push_back(labels[n]);
        }
        return {some, of_some, seed};
    }
};

constexpr auto importances = apd::shared_importances<100>();

// What each subcomponent that matters somewhere does, the most used first.
struct used_subcomponent {
    std::size_t number;
    double mean;  ///< importance
};
std::vector<used_subcomponent> used(const xt::xtensor<double, 2>& g) {
    std::vector<used_subcomponent> all;
    const auto means = apd::mean_importances(g);
    for (std::size_t c = 0; c < means.size(); ++c)
        if (means[c] > 1e-3) all.push_back({c, means[c]});
    std::ranges::sort(all, [](const auto& a, const auto& b) { return a.mean > b.mean; });
    return all;
}
// The classes whose logits something raises most, and lowers most: "+3 +5 −8".
std::string classes_of(const std::array<double, classes>& logits) {
    std::array<std::size_t, classes> order{};
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
    return "+" + std::to_string(order[0]) + " +" + std::to_string(order[1]) + " −" + std::to_string(order[classes - 1]);
}
// Of site 0, U is an image and V goes on through W2; of site 1, U comes from an image through W1 and V are classes.
// Both as if the neurons between were linear.
template <class Result>
std::string images_figure(const Result& result, std::size_t site, const std::vector<used_subcomponent>& shown) {
    const auto w1 = result.target.template get<"W1">(), w2 = result.target.template get<"W2">();
    std::vector<apd::matrix_panel> panels;
    for (const auto& each : shown) {
        if (panels.size() == 24) break;
        const std::size_t in = site == 0 ? pixels : hidden, out = site == 0 ? hidden : classes;
        const float *u = result.learned.left[site].data() + each.number * in,
                    *v = result.learned.right[site].data() + each.number * out;
        std::vector<double> image(pixels);
        std::array<double, classes> logits{};
        for (std::size_t i = 0; i < pixels; ++i)
            for (std::size_t h = 0; h < hidden; ++h)
                image[i] += site == 0 ? (h == 0 ? u[i] : 0) : double{w1[i * hidden + h]} * u[h];
        for (std::size_t k = 0; k < classes; ++k)
            for (std::size_t h = 0; h < hidden; ++h)
                logits[k] += site == 0 ? double{v[h]} * w2[h * classes + k] : (h == 0 ? v[k] : 0);
        const double length = std::sqrt(std::inner_product(image.begin(), image.end(), image.begin(), 1e-12));
        for (double& pixel : image) pixel /= length;
        char note[32];
        std::snprintf(note, sizeof note, "importance %.2f", each.mean);
        panels.push_back({.title = classes_of(logits), .rows = 8, .columns = 8, .values = image, .note = note});
    }
    if (panels.empty()) return "<p>None matters.</p>\n";
    return apd::matrix_figure(panels, "What each subcomponent of " + std::string(classifier::site_names[site]) +
                                          " reads of an image (every picture of length 1), and the classes it speaks "
                                          "for and against where what it reads is there.");
}
// The mean importance of subcomponents on the images of every class.
std::string classes_figure(const xt::xtensor<double, 2>& g, const std::vector<used_subcomponent>& shown,
                           const std::vector<std::uint32_t>& labels) {
    apd::matrix_panel panel{.title = "mean importance",
                            .rows = classes,
                            .columns = shown.size(),
                            .values = std::vector<double>(classes * shown.size()),
                            .row_name = "class",
                            .column_name = "subcomponent"};
    std::array<double, classes> counts{};
    for (const auto label : labels) counts[label] += 1;
    for (std::size_t c = 0; c < shown.size(); ++c) {
        panel.column_numbers.push_back(shown[c].number);
        for (std::size_t n = 0; n < labels.size(); ++n)
            panel.values[labels[n] * shown.size() + c] += g(n, shown[c].number) / counts[labels[n]];
    }
    if (shown.empty()) return {};
    return apd::matrix_figure({panel}, "Which classes use which subcomponents.");
}
double agreement(const auto& y, const auto& target) {
    double same = 0;
    const auto largest = [](const auto& all, std::size_t n) {
        std::size_t at = 0;
        for (std::size_t k = 1; k < classes; ++k)
            if (all(n, k) > all(n, at)) at = k;
        return at;
    };
    for (std::size_t n = 0; n < y.shape(0); ++n) same += largest(y, n) == largest(target, n) ? 1 : 0;
    return same / static_cast<double>(y.shape(0));
}

int take_apart(auto& device, const digit_options& options) {
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    const all_images all(apd::load(options.data, apd::stored_in_out));
    const auto seen = all.part(false, options.seed), held_out = all.part(true, options.seed);

    const auto target =
        options.target.empty()
            ? apd::train<classifier>(
                  device, seen,
                  {.steps = 4'000, .batch = 128, .learning_rate = 2e-3, .seed = options.seed, .stop = stop},
                  apd::cross_entropy, apd::progress_bar("classifier"))
            : apd::parameters<classifier>(apd::load(options.target, apd::stored_in_out));
    if (*stop) return apd::stopped_exit_code;
    std::printf("The classifier is right on %.1f %% of the images it was trained on, %.1f %% of the others.\n",
                100 * apd::score(device, target, seen).accuracy, 100 * apd::score(device, target, held_out).accuracy);

    const std::size_t steps = options.quick ? 2'000 : options.steps;
    const auto masks = apd::stochastic(importances);
    const auto objective =
        apd::faithfulness() +
        1e-2 * apd::importance_minimality(importances, apd::annealed{2, 0.5, 0, static_cast<double>(steps)}) +
        apd::reconstruction(masks, apd::all_sites, apd::kl_divergence) +
        apd::reconstruction(masks, apd::each_site, apd::kl_divergence) +
        (options.adversary ? 0.5 : 0.0) *
            apd::reconstruction(apd::shared_adversary(importances, {.steps = 1, .rate = 1}), apd::all_sites,
                                apd::kl_divergence);
    const auto result = apd::decompose<shape>(
        device,
        apd::plan{target, seen, objective,
                  apd::decompose_options{.steps = steps,
                                         .batch = options.batch,
                                         .learning_rate = 2e-3,
                                         .shape = apd::decay::half_cosine,
                                         .final_share = 0.05,
                                         .faithful = {.steps = 200, .weight_decay = 0.1},
                                         .seed = options.seed,
                                         .stop = stop}},
        apd::progress_bar("digits"), options.saves.from(out, "checkpoint"), checkpoints::of(out, "checkpoint"));
    apd::save(result, out / "subcomponents.safetensors");

    apd::evaluator answers(device, result, all.labels.size());
    auto x = decltype(answers)::matrix::from_shape({all.labels.size(), pixels});
    std::ranges::copy(all.rows, x.data());
    const auto g = answers.importances(x, importances);
    const auto found = apd::mask_comparison(answers, importances, x, {}, apd::kl_divergence);
    const auto adversarial = apd::adversarial_curve(answers, importances, x, {20, 160}, 0.1, apd::kl_divergence);
    std::printf("\n%10s %10s %10s %10s %10s %10s %10s\n", "per image", "agree", "KL masked", "rounded", "stochastic",
                "PGD 20", "PGD 160");
    std::printf("%10.2f %9.1f%% %10.3f %10.3f %10.3f %10.3f %10.3f\n", apd::importance_l0(g),
                100 * agreement(answers.outputs(x, g), answers.target_outputs(x)), found.importances, found.rounded,
                found.stochastic, adversarial[0], adversarial[1]);
    std::printf(
        "(subcomponents per image with an importance above 0.1; answers of the masked network that are the "
        "target's; divergences from the target's answers. %.1f s)\n",
        result.seconds);

    std::string pictures, by_class;
    std::vector<std::pair<std::string, std::vector<double>>> spectrum;
    for (std::size_t s = 0; s < 2; ++s) {
        const auto of_site = apd::of_site(answers, g, s);
        const auto shown = used(of_site);
        std::printf("%zu subcomponents of %s matter somewhere.\n", shown.size(),
                    std::string(classifier::site_names[s]).c_str());
        pictures += images_figure(result, s, shown);
        by_class += classes_figure(of_site, shown, all.labels);
        spectrum.emplace_back(classifier::site_names[s], apd::mean_importances(of_site));
    }
    apd::write_report(result, out / "report.html",
                      {.title = "Handwritten digits, taken apart",
                       .subtitle = "A classifier of 8×8 images, its two matrices as sums of subcomponents.",
                       .sections = {{"What subcomponents read, and what they say", pictures},
                                    {"Which classes use them", by_class},
                                    {"Which are used", apd::importance_spectrum_figure(spectrum)}}});
    return end_with_report(result, out / "report.html", *stop);
}

}  // namespace

int main(int argc, char** argv) {
    digit_options options;
    arguments line("Takes a classifier of handwritten digits apart by SPD.");
    line.add("--data", options.data, "Images [N, 64] of pixels from 0 to 16, and labels [N], in safetensors");
    line.add("--target", options.target, "A trained classifier in safetensors (else one is trained)");
    line.add("--steps", options.steps, "Steps of the decomposition", arguments::positive);
    line.add("--batch", options.batch, "Images of a batch", arguments::positive);
    line.add("--seed", options.seed, "The seed of everything");
    line.add_flag("--adversary", options.adversary,
                  "Masks are climbed to as well, so that what is left out is not needed");
    line.add_flag("--quick", options.quick, "2000 steps: seconds, to see what comes out");
    options.where.add_to(line);
    options.saves.add_to(line);
    line.add("--out", options.out, "The folder for subcomponents and report.html");
    return line.run(argc, argv,
                    [&] { return options.where.run([&](auto& device) { return take_apart(device, options); }); });
}
