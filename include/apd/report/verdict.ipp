#pragma once
// Bodies of what verdict.hpp declares.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <apd/analysis/feature_map.hpp>
#include <apd/component/decomposition_shape.hpp>
#include <apd/core/annotations.hpp>
#include <apd/report/components_figure.hpp>
#include <apd/report/verdict.hpp>
#include <apd/training/decomposition.hpp>
#include <apd/training/run_record.hpp>

namespace apd::ext {
namespace detail {

// "12 features share it", of features to which some component does something; `in_use` components are not zero.
inline std::string features_in_words(const xt::xtensor<double, 2>& attributions, std::size_t in_use) {
    const feature_map map = feature_components(attributions);
    std::vector<std::size_t> features_of(attributions.shape(1), 0);  // how many features each component has
    std::size_t silent = 0;
    for (std::size_t f = 0; f < attributions.shape(0); ++f) {
        if (attributions(f, map.component_of[f]) > 0) ++features_of[map.component_of[f]];
        else ++silent;
    }
    const auto counted = [](std::size_t count) {
        return std::to_string(count) + (count == 1 ? " feature" : " features");
    };
    const std::size_t all = attributions.shape(0) - silent;
    const auto own = static_cast<std::size_t>(std::ranges::count(features_of, std::size_t{1}));
    const auto shared = static_cast<std::size_t>(std::ranges::count_if(features_of, [](auto n) { return n > 1; }));
    const std::string own_words = own == 1 ? " has one of its own" : " have one of their own";
    std::string text;
    if (all > 0 && own == all) {
        text = silent == 0 ? "every feature has one of its own" : counted(own) + own_words;
    } else if (all > 0) {
        if (own > 0) text = std::to_string(own) + " of " + counted(all) + own_words + ", ";
        text += own > 0 ? std::to_string(all - own) + " share " : counted(all) + " share ";
        const auto which = std::ranges::find_if(features_of, [](auto n) { return n > 1; }) - features_of.begin();
        if (shared > 1) text += std::to_string(shared) + (own > 0 ? " others" : " of them");
        else text += in_use == 1 ? std::string("it") : "component " + std::to_string(which);
    }
    if (silent > 0)
        text += (text.empty() ? "" : "; ") + counted(silent) + (silent == 1 ? " does" : " do") + " nothing alone";
    return text;
}

APD_INLINE std::string verdict_of(const run_record& run, const std::vector<bool>& zero,
                                  const xt::xtensor<double, 2>* attributions) {
    const std::string steps =
        std::to_string(run.completed_steps) + " of " + std::to_string(run.options.steps) + " steps";
    if (!run.failure.empty()) return "The run failed after " + steps + ".";
    const auto in_use = static_cast<std::size_t>(std::ranges::count(zero, false));
    std::string text = std::to_string(in_use) + " of " + std::to_string(zero.size()) + " components in use";
    if (attributions != nullptr && in_use > 0) text += "; " + features_in_words(*attributions, in_use);
    if (run.completed_steps < run.options.steps) text += "; stopped after " + steps;
    return text + ".";
}

}  // namespace detail

}  // namespace apd::ext
