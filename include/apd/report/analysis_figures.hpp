#pragma once
// The analyses as pictures: what belongs to which feature, what it costs, and through which neurons it acts.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <apd/analysis/ablation_curve.hpp>
#include <apd/analysis/feature_map.hpp>
#include <apd/analysis/neuron_contributions.hpp>
#include <apd/analysis/per_feature.hpp>
#include <apd/analysis/scrubbing.hpp>
#include <apd/analysis/singular_values.hpp>
#include <apd/report/histogram_figure.hpp>
#include <apd/report/line_chart.hpp>
#include <apd/report/matrix_figure.hpp>
#include <apd/report/point_chart.hpp>

namespace apd {

namespace detail {
inline std::vector<double> numbered(std::size_t count) {
    std::vector<double> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0.0);
    return numbers;
}
}  // namespace detail

/// Attributions on inputs with one feature, [features, C], the components in the order of their features: where each
/// feature has its own component, a diagonal and nothing else.
///
/// Example: `attribution_figure(apd::attribution_matrix(answers))`.
template <class Matrix>
std::string attribution_figure(const Matrix& attributions) {
    const auto map = feature_components(attributions);
    std::vector<std::size_t> order;
    for (const std::size_t c : map.component_of)
        if (std::find(order.begin(), order.end(), c) == order.end()) order.push_back(c);
    for (std::size_t c = 0; c < attributions.shape(1); ++c)
        if (map.features_of[c].empty()) order.push_back(c);
    matrix_panel panel{.title = "attributions", .rows = attributions.shape(0), .columns = order.size(), .values = {}};
    for (std::size_t f = 0; f < attributions.shape(0); ++f)
        for (const std::size_t c : order) panel.values.push_back(static_cast<double>(attributions(f, c)));
    return matrix_figure({panel},
                         "Downwards the features, each alone in the input; to the right the components, those of the "
                         "first features first and those of no feature last.");
}

/// The losses of `scrubbing` as rows of histograms, and further ones, such as that of another network.
///
/// Example: `scrubbing_figure(scrubbed, {{"monosemantic", losses}})`.
inline std::string scrubbing_figure(const scrubbing_result& found, std::vector<histogram_series> further = {}) {
    const auto row = [](const char* name, const auto& values) {
        return histogram_series{name, {values.begin(), values.end()}};
    };
    std::vector<histogram_series> rows{row("top-k", found.active), row("scrubbed", found.scrubbed),
                                       row("anti-scrubbed", found.anti_scrubbed), row("random half", found.random),
                                       row("output 0", found.zero)};
    std::move(further.begin(), further.end(), std::back_inserter(rows));
    return histogram_figure(
        rows, {.x_label = "mean squared error to the target's output, per sample",
               .caption = "Top-k: the mask of the training. Scrubbed: of the components that are none of a sample's "
                          "features, a random half is taken away. Anti-scrubbed: those that are, and a random half of "
                          "the others. Random half: of all components. Where components are what the map says, "
                          "scrubbed losses are as low as those of top-k, and anti-scrubbed ones as high as that of no "
                          "output.",
               .log_x = true});
}

/// Losses for every feature alone, under several masks.
///
/// Example: `per_feature_figure({{"one component", one}, {"batch top-k", top_k}})`.
inline std::string per_feature_figure(const std::vector<std::pair<std::string, per_feature_result>>& masks) {
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

/// The contributions of neurons to the first `shown` features, by the target and by each feature's component, and all
/// of them against each other.
///
/// Example: `neuron_figure(apd::neuron_contributions(answers, map))`.
inline std::string neuron_figure(const neuron_contributions_result& found, std::size_t shown = 10) {
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

/// The singular values of all components at one site.
///
/// Example: `singular_value_figure("W", apd::singular_values<0>(result))`.
inline std::string singular_value_figure(const std::string& site, const std::vector<std::vector<double>>& values) {
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

/// How many components are active on every sample of a mask.
inline std::string active_components_figure(const std::vector<double>& active) {
    const double most = active.empty() ? 0 : *std::max_element(active.begin(), active.end());
    return histogram_figure({{"samples", active}},
                            {.x_label = "active components of a sample", .bins = static_cast<std::size_t>(most) + 1});
}

/// The curves of `ablation_curve`.
inline std::string ablation_figure(const ablation_curve_result& found) {
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

}  // namespace apd
