#pragma once
// The analyses as pictures: what belongs to which feature, what it costs, and through which neurons it acts.

#include <algorithm>
#include <cstddef>
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
#include <apd/component/decomposition_shape.hpp>
#include <apd/core/xtensor.hpp>
#include <apd/report/histogram_figure.hpp>
#include <apd/report/matrix_figure.hpp>
#include <apd/training/decomposition.hpp>

namespace apd::ext {

/// Attributions on inputs with one feature, [features, C], the components in the order of their features: where each
/// feature has its own component, a diagonal and nothing else. Rows and columns bear the numbers of features and
/// components.
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
    matrix_panel panel{.title = "attributions",
                       .rows = attributions.shape(0),
                       .columns = order.size(),
                       .values = {},
                       .row_name = "feature",
                       .column_name = "component",
                       .column_numbers = order};
    for (std::size_t f = 0; f < attributions.shape(0); ++f)
        for (const std::size_t c : order) panel.values.push_back(static_cast<double>(attributions(f, c)));
    return matrix_figure(
        {panel},
        "What each component does to the output where one feature is in the input, alone: downwards the "
        "features, to the right the components, those of the first features first and those of no "
        "feature last.");
}

/// Importances g [n, C] at one site on n inputs, the columns in an order such as `identity_order(g)` or
/// `dense_order(g)`.
///
/// Example: `importance_figure("in", g, apd::identity_order(g))`, g of `of_site(answers, importance_matrix(answers,
/// ci), 0)`.
std::string importance_figure(const std::string& site, const xt::xtensor<double, 2>& g,
                              const std::vector<std::size_t>& order);

/// What subcomponents of rank one of site number S read, U [d_in, C], and write, V [d_out, C], as columns in an order
/// such as `identity_order(g)`, of which the first `shown` are drawn.
///
/// Example: `subcomponents_figure<0>(result, apd::identity_order(g))`.
template <std::size_t S, class Net, decomposition_shape Shape, class T>
std::string subcomponents_figure(const decomposition<Net, Shape, T>& result, std::vector<std::size_t> order,
                                 std::size_t shown = 40) {
    constexpr auto site = site_in<Net, Shape, S>;
    static_assert(site.rank == 1, "apd::subcomponents_figure: a column is a subcomponent of rank one.");
    order.resize(std::min(order.size(), shown));
    const auto panel = [&](const char* title, std::size_t rows, const std::vector<T>& numbers) {
        matrix_panel drawn{.title = title,
                           .rows = rows,
                           .columns = order.size(),
                           .values = {},
                           .row_name = "unit",
                           .column_name = "subcomponent",
                           .column_numbers = order};
        for (std::size_t i = 0; i < rows; ++i)
            for (const std::size_t c : order) drawn.values.push_back(static_cast<double>(numbers[c * rows + i]));
        return drawn;
    };
    return matrix_figure(
        {panel("reads", site.in, result.learned.left[S]), panel("writes", site.out, result.learned.right[S])},
        "What each subcomponent of '" + std::string(Net::site_names[S]) + "' reads of the inputs, and what it writes.");
}

/// The mean importance of every subcomponent over samples, the largest first, of each named site: a cliff parts those
/// that are used from those that are not.
///
/// Example: `importance_spectrum_figure({{"in", apd::mean_importances(g)}})`.
std::string importance_spectrum_figure(std::vector<std::pair<std::string, std::vector<double>>> means);

/// The losses of `scrubbing` as rows of histograms, and further ones, such as that of another network.
///
/// Example: `scrubbing_figure(scrubbed, {{"monosemantic", losses}})`.
std::string scrubbing_figure(const scrubbing_result& found, std::vector<histogram_series> further = {});

/// Losses for every feature alone, under several masks.
///
/// Example: `per_feature_figure({{"one component", one}, {"the run's mask", masked}})`.
std::string per_feature_figure(const std::vector<std::pair<std::string, per_feature_result>>& masks);

/// The contributions of neurons to the first `shown` features, by the target and by each feature's component, and all
/// of them against each other.
///
/// Example: `neuron_figure(apd::neuron_contributions(answers, map))`.
std::string neuron_figure(const neuron_contributions_result& found, std::size_t shown = 10);

/// The singular values of all components at one site.
///
/// Example: `singular_value_figure("W", apd::singular_values<0>(result))`.
std::string singular_value_figure(const std::string& site, const std::vector<std::vector<double>>& values);

/// How many components are active on every sample of a mask.
std::string active_components_figure(const std::vector<double>& active);

/// How often each component is active and its top samples.
///
/// Example: `activity_figure(apd::component_activity(answers, x, active))`.
std::string activity_figure(const component_activity_result& found);

/// The curves of `ablation_curve`.
std::string ablation_figure(const ablation_curve_result& found);

}  // namespace apd::ext

namespace apd {
using ext::attribution_figure, ext::importance_figure, ext::subcomponents_figure, ext::importance_spectrum_figure,
    ext::scrubbing_figure, ext::per_feature_figure, ext::neuron_figure, ext::singular_value_figure,
    ext::active_components_figure, ext::activity_figure, ext::ablation_figure;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/analysis_figures.ipp>
#endif
