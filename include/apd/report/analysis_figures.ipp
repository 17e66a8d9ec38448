#pragma once
// Bodies of what analysis_figures.hpp declares.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <apd/analysis/ablation_curve.hpp>
#include <apd/analysis/component_activity.hpp>
#include <apd/analysis/feature_map.hpp>
#include <apd/analysis/neuron_contributions.hpp>
#include <apd/analysis/per_feature.hpp>
#include <apd/analysis/scrubbing.hpp>
#include <apd/analysis/singular_values.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/xtensor.hpp>
#include <apd/report/analysis_figures.hpp>
#include <apd/report/histogram_figure.hpp>
#include <apd/report/line_chart.hpp>
#include <apd/report/matrix_figure.hpp>
#include <apd/report/page.hpp>
#include <apd/report/point_chart.hpp>

namespace apd::ext {
namespace detail {

inline std::vector<double> numbered(std::size_t count) {
    std::vector<double> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0.0);
    return numbers;
}

// "3: 0.97, 7: 0.2": the four largest inputs of a sample that are not 0.
inline std::string sample_text(const std::vector<double>& x) {
    std::vector<std::size_t> order;
    for (std::size_t f = 0; f < x.size(); ++f)
        if (!exactly_equal(x[f], 0.0)) order.push_back(f);
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return std::abs(x[a]) > std::abs(x[b]); });
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(order.size(), 4); ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(order[i]) + ": " + svg::label(x[order[i]], 2);
    return order.size() > 4 ? text + ", …" : text;
}

}  // namespace detail

APD_INLINE std::string scrubbing_figure(const scrubbing_result& found, std::vector<histogram_series> further) {
    const auto row = [](const std::string& name, const auto& values) {
        return histogram_series{name, {values.begin(), values.end()}};
    };
    std::vector<histogram_series> rows{row(found.mask, found.active), row("scrubbed", found.scrubbed),
                                       row("anti-scrubbed", found.anti_scrubbed), row("random half", found.random),
                                       row("output 0", found.zero)};
    std::move(further.begin(), further.end(), std::back_inserter(rows));
    return histogram_figure(
        rows,
        {.x_label = "mean squared error to the target's output, per sample",
         .caption = "The first row is that mask alone. Scrubbed: of the components that are none of a sample's "
                    "features, a random half is taken away. Anti-scrubbed: those that are, and a random half of "
                    "the others. Random half: of all components. Where components are what the map says, "
                    "scrubbed losses are as low as those of the mask, and anti-scrubbed ones as high as that of no "
                    "output.",
         .log_x = true});
}

APD_INLINE std::string per_feature_figure(const std::vector<std::pair<std::string, per_feature_result>>& masks) {
    std::vector<point_series> losses, active;
    for (const auto& [name, found] : masks) {
        losses.push_back({name, detail::numbered(found.loss.size()), found.loss});
        active.push_back({name, detail::numbered(found.loss.size()), found.active_components});
    }
    return point_chart(losses, {.x_label = "feature",
                                .y_label = "loss",
                                .caption = "Mean squared error to the target's output where one feature is present. A "
                                           "feature far above the others has no component of its own.",
                                .log_y = true}) +
           point_chart(active, {.x_label = "feature",
                                .y_label = "active components",
                                .caption = "Mean number of active components where one feature is present.",
                                .height = 200});
}

APD_INLINE std::string neuron_figure(const neuron_contributions_result& found, std::size_t shown) {
    const std::size_t neurons = found.target.shape(1);
    shown = std::min(shown, found.target.shape(0));
    const auto strip = [&](const xt::xtensor<double, 2>& all, const std::string& title) {
        point_series points;
        for (std::size_t f = 0; f < shown; ++f) {
            std::size_t largest = 0;
            for (std::size_t j = 1; j < neurons; ++j)
                if (std::abs(all(f, j)) > std::abs(all(f, largest))) largest = j;
            for (std::size_t j = 0; j < neurons; ++j) {
                points.x.push_back(static_cast<double>(f));
                points.y.push_back(all(f, j));
                points.labels.push_back(j == largest ? std::to_string(j) : "");
            }
        }
        return point_chart({points}, {.title = title, .x_label = "feature", .y_label = "contribution", .height = 220});
    };
    const std::vector<double> x(found.target.begin(), found.target.end()),
        y(found.component.begin(), found.component.end());
    return strip(found.target, "By the target") + strip(found.component, "By the feature's component") +
           point_chart(
               {{"all features and neurons", x, y}},
               {.x_label = "by the target",
                .y_label = "by the component",
                .caption = "Each point is a neuron and a feature: how much of the feature goes through the "
                           "neuron to its own output. In the upper charts the largest of a feature bears the "
                           "neuron's number. Below all, where a component holds its feature, points lie on the "
                           "line; the correlation is " +
                           svg::label(found.correlation(), 3) + ", the slope " + svg::label(found.slope(), 3) + ".",
                .diagonal = true,
                .height = 420});
}

APD_INLINE std::string singular_value_figure(const std::string& site, const std::vector<std::vector<double>>& values) {
    point_series points;
    double rank = 0, alive = 0;
    std::size_t longest = 0;
    for (const auto& of_component : values) {
        for (std::size_t i = 0; i < of_component.size(); ++i)
            points.x.push_back(static_cast<double>(i + 1)), points.y.push_back(of_component[i]);
        rank += effective_rank(of_component), alive += effective_rank(of_component) > 0;
        longest = std::max(longest, of_component.size());
    }
    if (longest == 1)
        return histogram_figure({{site, points.y}}, {.x_label = "the one singular value of each component"});
    return point_chart({points}, {.title = site,
                                  .x_label = "number of the singular value",
                                  .y_label = "singular value",
                                  .caption = "Each point is a singular value of one component, in order. Their mean "
                                             "effective rank is " +
                                             svg::label(alive > 0 ? rank / alive : 0, 3) + ".",
                                  .height = 220});
}

APD_INLINE std::string active_components_figure(const std::vector<double>& active) {
    const double most = active.empty() ? 0 : *std::max_element(active.begin(), active.end());
    return histogram_figure({{"samples", active}},
                            {.x_label = "active components of a sample", .bins = static_cast<std::size_t>(most) + 1});
}

APD_INLINE std::string importance_figure(const std::string& site, const xt::xtensor<double, 2>& g,
                                         const std::vector<std::size_t>& order) {
    matrix_panel panel{.title = site,
                       .rows = g.shape(0),
                       .columns = order.size(),
                       .values = {},
                       .row_name = "input",
                       .column_name = "subcomponent",
                       .column_numbers = order};
    for (std::size_t n = 0; n < g.shape(0); ++n)
        for (const std::size_t c : order) panel.values.push_back(g(n, c));
    return matrix_figure({panel}, "How much each subcomponent of '" + site +
                                      "' matters, from 0 to 1: downwards the inputs, to the right the subcomponents.");
}
APD_INLINE std::string importance_spectrum_figure(std::vector<std::pair<std::string, std::vector<double>>> means) {
    std::vector<line_series> all;
    for (auto& [site, values] : means) {
        std::sort(values.begin(), values.end(), std::greater<>());
        all.push_back({site, detail::numbered(values.size()), values});
    }
    return line_chart(all,
                      {.x_label = "subcomponents, those that matter most first",
                       .y_label = "mean importance",
                       .caption = "How much subcomponents matter over many samples. Where there is a cliff, it parts "
                                  "those that are used from those that are not.",
                       .log_y = true,
                       .height = 220});
}
APD_INLINE std::string activity_figure(const component_activity_result& found) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t c = 0; c < found.active.size(); ++c) {
        if (!(found.active[c] > 0)) continue;
        rows.push_back({std::to_string(c), svg::label(100 * found.active[c], 3) + " %"});
        for (std::size_t i = 0; i < found.top_samples; ++i)
            rows.back().push_back(i < found.top[c].size() ? detail::sample_text(found.top[c][i]) : "");
    }
    std::vector<std::string> headers{"component", "active on"};
    for (std::size_t i = 0; i < found.top_samples; ++i) headers.push_back("top sample " + std::to_string(i + 1));
    const std::string table = table_figure(
        headers, rows,
        "The samples to which each component does most, as the inputs that are not 0, the largest first. Components "
        "active on no sample: " +
            std::to_string(found.active.size() - rows.size()) + " of " + std::to_string(found.active.size()) + ".");
    const std::string chart = point_chart({{"components", detail::numbered(found.active.size()), found.active}},
                                          {.x_label = "component",
                                           .y_label = "share of samples",
                                           .caption = "On how many of " + std::to_string(found.samples) +
                                                      " samples each component is active, by " + found.mask + ".",
                                           .height = 220});
    if (rows.size() <= 24) return chart + table;
    return chart + "<details><summary>How often each component is active, and its top samples</summary>" + table +
           "</details>\n";
}

APD_INLINE std::string ablation_figure(const ablation_curve_result& found) {
    std::vector<line_series> curves;
    std::vector<double> taken;
    for (const double scale : found.scale) taken.push_back(1 - scale);
    for (std::size_t c = 0; c < found.loss.size(); ++c)
        curves.push_back({"combination " + std::to_string(c + 1), taken, found.loss[c]});
    return line_chart(curves, {.x_label = "share of inactive components taken away, of a random half of them",
                               .y_label = "loss",
                               .caption = "Mean squared error to the target's output while components that are "
                                          "inactive on a sample are scaled down. Flat curves mean that they have no "
                                          "effect; a hump, that they cancel each other.",
                               .height = 260});
}

}  // namespace apd::ext
