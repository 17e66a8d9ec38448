#pragma once
// Residual MLPs taken apart into subcomponents: one of each first matrix for every feature, and as many of each second
// one as the block has neurons.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "../residual_mlp.hpp"

/// What came out of one run.
struct spd_findings {
    std::vector<xt::xtensor<double, 2>> by_site;  ///< importances of every feature alone
    std::vector<std::pair<std::string, std::vector<double>>> spectrum;
    std::vector<double> errors, active;  ///< of every site
    double stochastic, masked, adversarial;
    std::vector<std::size_t> groups;  ///< of the subcomponents of all sites, by which matter together
    apd::neuron_contributions_result neurons;

    std::size_t group_count() const {
        std::size_t count = 0;
        for (const std::size_t group : groups) count = group == apd::no_group ? count : std::max(count, group + 1);
        return count;
    }
};

template <class Net, class Result, class Importance>
spd_findings spd_figures(auto& device, const Result& result, const auto& data, const Importance& ci) {
    constexpr std::size_t samples = 4000;
    apd::evaluator answers(device, result, 1000);
    const auto g = apd::importance_matrix(answers, ci);
    auto unseen = data;
    unseen.seed += 1'000'000;
    const auto x = answers.inputs(unseen, samples);
    const auto on_samples = answers.importances(x, ci);
    spd_findings found{};
    for (std::size_t s = 0; s < Net::sites.size(); ++s) {
        const auto& alone = found.by_site.emplace_back(apd::of_site(answers, g, s));
        const auto all = apd::of_site(answers, on_samples, s);
        found.spectrum.emplace_back(Net::site_names[s], apd::mean_importances(all));
        const std::size_t neurons = Net::sizes[Net::sites[s]];  // what goes into a second matrix
        found.errors.push_back(
            static_cast<double>(s % 2 == 0 ? apd::identity_error(alone) : apd::dense_error(alone, neurons)));
        found.active.push_back(apd::importance_l0(all));
    }
    const auto values = apd::losses(answers,
                                    apd::reconstruction(apd::stochastic(ci)) + apd::reconstruction(apd::masked_by(ci)) +
                                        apd::reconstruction(apd::shared_adversary(ci, {.steps = 20, .rate = 0.1})),
                                    x);
    found.stochastic = values[0], found.masked = values[1], found.adversarial = values[2];
    // With one bit for a member, features that are never together would be put in pairs, as fewer groups have shorter
    // names.
    found.groups = apd::cluster(on_samples, {.alpha = 2});
    found.neurons = apd::neuron_contributions(answers);
    return found;
}

/// Groups of subcomponents that matter together are saved as components of all sites, if they are `Groups` or fewer:
/// those of networks that APD takes apart too, not reduced, `--components groups.safetensors --recipe published --rank
/// full` looks at like its own.
template <class Net, std::size_t Groups, class Method>
int take_residual_apart(auto& device, const residual_options& options, const residual_settings& paper,
                        const Method& method, double probability, std::size_t training) {
    const std::filesystem::path out = options.out;
    const auto* const stop = apd::stop_on_interrupt();
    using result_type = decltype(apd::decompose<typename Method::shape>(
        device, std::declval<apd::parameters<Net>>(), apd::sparse_features<Net::inputs>{}, method.objective()));
    std::vector<result_type> results;
    std::vector<spd_findings> findings;
    for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds && !*stop; ++seed) {
        const apd::sparse_features<Net::inputs> data{.probability = probability, .low = -1, .high = 1, .seed = seed};
        const auto folder = options.seeds > 1 ? out / ("seed_" + std::to_string(seed)) : out;
        const std::string name = "seed " + std::to_string(seed);
        const auto target = target_of<Net>(device, options, data, training, folder, stop);
        if (*stop) break;
        auto how = method.options();
        how.steps = options.steps.value_or(how.steps), how.batch = options.batch.value_or(how.batch);
        how.seed = seed, how.stop = stop;
        results.push_back(apd::decompose<typename Method::shape>(
            device, apd::plan{target, data, method.objective(), how}, apd::progress_bar(name),
            options.saves.from(folder, "checkpoint"), checkpoints::of(folder, "checkpoint")));
        apd::save(results.back(), folder / "subcomponents.safetensors");
        findings.push_back(spd_figures<Net>(device, results.back(), data, method.importances));
        std::filesystem::remove(folder / "groups.safetensors");
        if (findings.back().group_count() <= Groups)
            apd::save(apd::components_of_groups<Groups, apd::full_rank>(results.back(), findings.back().groups),
                      folder / "groups.safetensors");
        else std::printf("There are more than %zu groups of subcomponents, which are not saved.\n", Groups);
    }
    if (results.empty()) return apd::stopped_exit_code;

    std::printf("\n%6s %-22s %8s %10s   losses: %12s %12s %12s %8s   neurons: %11s %6s\n", "seed", "matrix", "errors",
                "per input", "stochastic", "masked", "adversarial", "groups", "correlation", "slope");
    std::vector<double> errors, correlation;
    for (std::size_t r = 0; r < results.size(); ++r) {
        const auto& found = findings[r];
        errors.push_back(std::accumulate(found.errors.begin(), found.errors.end(), 0.0));
        correlation.push_back(found.neurons.correlation());
        for (std::size_t s = 0; s < found.errors.size(); ++s) {
            std::printf("%6llu %-22s %8.0f %10.3f", static_cast<unsigned long long>(results[r].options.seed),
                        std::string(Net::site_names[s]).c_str(), found.errors[s], found.active[s]);
            if (s == 0)
                std::printf("           %12.3e %12.3e %12.3e %8zu            %11.3f %6.3f %s", found.stochastic,
                            found.masked, found.adversarial, found.group_count(), correlation.back(),
                            found.neurons.slope(), results[r].failure.c_str());
            std::printf("\n");
        }
    }
    std::printf("%td of %zu came out (importances of every feature alone, to 0.1), in %.1f s\n",
                std::ranges::count_if(errors, [](double each) { return each < 0.5; }), results.size(),
                results.back().seconds);
    std::string pictures;
    for (std::size_t s = 0; s < Net::sites.size(); ++s) {
        const auto& g = findings.front().by_site[s];
        pictures += apd::importance_figure(std::string(Net::site_names[s]), g,
                                           s % 2 == 0 ? apd::identity_order(g) : apd::dense_order(g));
    }
    apd::write_report(
        results, out / "report.html",
        {.title = paper.title + ", taken apart by SPD",
         .subtitle = "A network that computes x + relu(x) for more features than it has neurons: its first "
                     "matrices should need one subcomponent for each feature.",
         .columns = {{"errors", errors}, {"neuron correlation", correlation}},
         .sections = {{"Importances of every feature alone", pictures},
                      {"Neurons", apd::neuron_figure(findings.front().neurons)},
                      {"Which are used", apd::importance_spectrum_figure(findings.front().spectrum)}}});
    std::cout << "Wrote " << (out / "report.html").string() << " (open it in a browser).\n";
    return *stop ? apd::stopped_exit_code : 0;
}

/// What the published code chose (the branch `main` of February 2026), but for the losses.
template <std::size_t C, class Importances>
struct residual_spd {
    using shape = apd::subcomponents<C>;
    double importance, rate, weight_decay;  ///< the last of the faithful start
    std::size_t steps;
    Importances importances{};

    auto few() const { return importance * apd::importance_minimality(importances, 2); }
    apd::decompose_options options() const {
        return {.steps = steps,
                .batch = 2048,
                .learning_rate = rate,
                .shape = apd::decay::constant,
                .faithful = {.steps = 200, .weight_decay = weight_decay}};
    }
};
/// Stochastic masks, at all sites and one at a time.
template <std::size_t C, std::size_t Units>
struct layerwise_spd : residual_spd<C, decltype(apd::private_importances<Units>())> {
    auto objective() const {
        const auto masks = apd::stochastic(this->importances);
        return this->few() + apd::reconstruction(masks) + apd::reconstruction(masks, apd::each_site);
    }
};
/// For two blocks: stochastic masks on some sites, and those of an adversary.
template <std::size_t C, std::size_t Units>
struct adversarial_spd : residual_spd<C, decltype(apd::shared_importances<Units>())> {
    auto objective() const {
        const auto worst = apd::shared_adversary(this->importances, {.steps = 1, .rate = 1});
        return this->few() + 2 * apd::reconstruction(apd::stochastic(this->importances), apd::random_sites) +
               2 * apd::reconstruction(worst, apd::random_sites);
    }
};
