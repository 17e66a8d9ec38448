#pragma once
// Toy models of superposition taken apart into subcomponents: what each feature needs of every matrix, with importances
// that are learned. With an identity in the middle, that matrix needs as many as it has dimensions.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/apd.hpp>
#include <apd/report.hpp>

#include "../tms_command_line.hpp"
#include "../tms_settings.hpp"

/// The toy model as two sites, or three: W, perhaps an identity, and Wᵀ.
template <std::size_t Features, std::size_t Hidden, bool HasMiddle>
struct toy {
    static constexpr std::size_t features = Features, hidden = Hidden, last_site = HasMiddle ? 2 : 1;
    static constexpr bool has_middle = HasMiddle;
    using tied = tms<Features, Hidden>;
    using first = apd::linear<"in", Features, Hidden>;
    using last = apd::linear<"out", Hidden, Features>;
    using bias = apd::bias<"b", Features>;
    using network =
        std::conditional_t<HasMiddle, apd::network<first, apd::linear<"middle", Hidden, Hidden>, last, bias, apd::relu>,
                           apd::network<first, last, bias, apd::relu>>;

    static apd::parameters<network> from(const apd::parameters<tied>& trained) {
        apd::parameters<network> target;
        const auto w = trained.template get<"W">();
        const auto b = trained.template get<"b">();
        for (std::size_t f = 0; f < Features; ++f)
            for (std::size_t h = 0; h < Hidden; ++h)
                target.template get<"in">()[f * Hidden + h] = target.template get<"out">()[h * Features + f] =
                    w[f * Hidden + h];
        if constexpr (HasMiddle)
            for (std::size_t h = 0; h < Hidden; ++h) target.template get<"middle">()[h * Hidden + h] = 1;
        std::ranges::copy(b, target.template get<"b">().begin());
        return target;
    }
};

/// What came out of one run.
struct toy_findings {
    std::vector<xt::xtensor<double, 2>> by_site;  ///< importances of every feature alone
    std::vector<std::pair<std::string, std::vector<double>>> spectrum;
    xt::xtensor<double, 2> all;
    double errors, mmcs, ml2r, active, adversarial;
};

template <class Toy>
toy_findings toy_figures(auto& device, const auto& result, const auto& ci) {
    constexpr std::size_t samples = 4096;
    using network = typename Toy::network;
    apd::evaluator answers(device, result, 1024);
    const auto g = apd::importance_matrix(answers, ci);
    const auto match = apd::column_match<"in">(result.target, result);
    toy_findings found{{}, {}, g, 0, match.mmcs, match.ml2r, 0, 0};
    const apd::sparse_features<Toy::features> data{
        .probability = 0.05, .low = 0, .high = 1, .seed = result.options.seed + 1'000'000};
    const auto x = answers.inputs(data, samples);
    const auto on_samples = answers.importances(x, ci);
    for (std::size_t s = 0; s < network::sites.size(); ++s) {
        const auto& of_site = found.by_site.emplace_back(apd::of_site(answers, g, s));
        found.spectrum.emplace_back(network::site_names[s],
                                    apd::mean_importances(apd::of_site(answers, on_samples, s)));
        found.errors += static_cast<double>(Toy::has_middle && s == 1 ? apd::dense_error(of_site, Toy::hidden)
                                                                      : apd::identity_error(of_site));
    }
    found.active = apd::importance_l0(on_samples);
    found.adversarial =
        apd::losses(answers, apd::reconstruction(apd::shared_adversary(ci, {.steps = 20, .rate = 0.1})), x)[0];
    return found;
}

/// Takes as many toy models apart as there are seeds. `Method` says with which subcomponents, importances, losses and
/// options.
template <class Toy, class Method>
int take_apart(auto& device, const tms_command_line& options, const Method& method,
               const apd::train_options& training) {
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    const std::string title = std::string(Method::name).append(" of tms ").append(options.model);
    const auto objective = method.objective();
    const auto plan_of = [&](std::uint64_t seed) {
        const apd::sparse_features<Toy::features> data{.probability = 0.05, .low = 0, .high = 1, .seed = seed};
        auto seeded = training;
        seeded.seed = seed;
        using tied = apd::parameters<typename Toy::tied>;
        const tied target = options.target.empty() ? apd::train<typename Toy::tied>(device, data, seeded)
                                                   : tied(apd::load(options.target));
        auto how = method.options();
        how.steps = options.steps.value_or(how.steps), how.seed = seed, how.stop = stop;
        return apd::plan{Toy::from(target), data, objective, how};
    };
    std::vector<decltype(plan_of(0))> plans;
    for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds && !*stop; ++seed)
        plans.push_back(plan_of(seed));
    if (*stop) return apd::stopped_exit_code;
    const auto results = apd::decompose<typename Method::shape>(device, plans, apd::progress_bar(title),
                                                                options.saves.from(out, "checkpoint", options.seeds),
                                                                checkpoints::of(out, "checkpoint"));

    std::printf("%6s %7s %8s %8s %10s %12s\n", "seed", "errors", "MMCS", "ML2R", "per input", "adversarial");
    std::size_t came_out = 0;
    std::vector<double> errors, mmcs, ml2r;
    std::vector<toy_findings> all;
    std::vector<xt::xtensor<double, 2>> importances;
    for (const auto& result : results) {
        const auto& found = all.emplace_back(toy_figures<Toy>(device, result, method.importances));
        errors.push_back(found.errors), mmcs.push_back(found.mmcs), ml2r.push_back(found.ml2r);
        importances.push_back(found.all);
        came_out += found.errors < 0.5;
        std::printf("%6llu %7.0f %8.4f %8.4f %10.3f %12.3e %s\n", static_cast<unsigned long long>(result.options.seed),
                    found.errors, found.mmcs, found.ml2r, found.active, found.adversarial, result.failure.c_str());
    }
    std::printf("%zu of %zu came out (importances of every feature alone, to 0.1), in %.1f s\n", came_out,
                results.size(), results.front().seconds);
    std::string pictures, read_and_written;
    apd::repeat<Toy::network::sites.size()>([&](auto s) {
        const auto& g = all.front().by_site[s];
        const auto order = Toy::has_middle && s == 1 ? apd::dense_order(g) : apd::identity_order(g);
        pictures += apd::importance_figure(std::string(Toy::network::site_names[s]), g, order);
        read_and_written += apd::subcomponents_figure<s>(results.front(), order, Toy::features);
    });
    apd::write_report(
        results, out / "report.html",
        {.title = "Toy model of superposition " + options.model + ", taken apart by " + std::string(Method::name),
         .subtitle = "Every matrix as a sum of subcomponents, and how much each of them matters for every feature.",
         .columns = {{"errors", errors}, {"MMCS", mmcs}, {"ML2R", ml2r}},
         .attributions = importances,
         .sections = {{"Importances of every feature alone", pictures},
                      {"What subcomponents read and write", read_and_written},
                      {"Which are used", apd::importance_spectrum_figure(all.front().spectrum)}}});
    std::cout << "Wrote " << (out / "report.html").string() << " (open it in a browser).\n";
    if (*stop) return apd::stopped_exit_code;
    return std::ranges::all_of(results, [](const auto& each) { return each.failure.empty(); }) ? 0 : 1;
}
