#pragma once
// The report of one or several decompositions: what came of them in words, a table of runs, the map from features to
// components, pictures of the components, loss curves, options.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <apd/analysis/component_activity.hpp>
#include <apd/analysis/evaluator.hpp>
#include <apd/analysis/feature_map.hpp>
#include <apd/component/decomposition_shape.hpp>
#include <apd/core/error.hpp>
#include <apd/core/xtensor.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/mask/attribution_share.hpp>
#include <apd/report/analysis_figures.hpp>
#include <apd/report/components_figure.hpp>
#include <apd/report/page.hpp>
#include <apd/report/verdict.hpp>
#include <apd/training/decomposition.hpp>
#include <apd/training/options.hpp>
#include <apd/training/run_record.hpp>
#include <apd/training/saved_options.hpp>

namespace apd::ext {

/// A figure of merit for every run, as a column of the report's first table.
struct report_column {
    std::string name;
    std::vector<double> values;  ///< one for each run
};

/// A part of one's own: a heading and figures as HTML, such as those of analysis_figures.hpp.
struct report_section {
    std::string heading;
    std::string figures;
};

struct report_options {
    std::string title = "Parameter components";
    std::string subtitle{};
    std::vector<report_column> columns{};
    std::vector<xt::xtensor<double, 2>> attributions{};  ///< `attribution_matrix` of each run, or none at all
    std::vector<report_section> sections{};              ///< before the components and curves
    std::size_t shown = 0;                               ///< the run whose map, components and curves are drawn
};

namespace detail {

// A heat map of a larger matrix would show nothing and take long to load.
inline constexpr std::size_t entries_to_draw = 10'000;

void check(std::size_t runs, const report_options& options);

// The report up to the components of the run that is shown.
page report_of_runs(const std::vector<const run_record*>& runs, const std::vector<std::string>& verdicts,
                    const report_options& options);

std::vector<std::pair<std::string, std::string>> listed(const run_record& run);
// The report after the components.
void add_losses_and_method(page& report, const run_record& shown);

}  // namespace detail

/// Writes a report of runs that differ in seeds or options: one self-contained HTML file, readable without a network.
///
/// It computes nothing on a device: without attributions in the options it has no map from features to components.
/// Errors: `apd::error` if there is no run, `shown` is none of them, a column or the attributions have not one value
/// for each run, or the file can't be written. Example: `apd::write_report(results, "tms.html", {.title = "TMS 5-2",
/// .columns = {{"MMCS", {0.998}}}});`
template <class Net, decomposition_shape Shape, class T>
void write_report(std::span<const decomposition<Net, Shape, T>> runs, const std::filesystem::path& path,
                  const report_options& options = {}) {
    detail::check(runs.size(), options);
    std::vector<const run_record*> records;
    std::vector<std::string> verdicts;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        records.push_back(&runs[r]);
        verdicts.push_back(options.attributions.empty() ? verdict(runs[r]) : verdict(runs[r], options.attributions[r]));
    }
    page report = detail::report_of_runs(records, verdicts, options);
    const auto& shown = runs[options.shown];
    if (!shown.failure.empty()) report.paragraph("The run failed; they may hold numbers that are not finite.");
    repeat<Net::sites.size()>([&](auto s) {
        constexpr std::size_t entries = Net::template site_at<s>::shape::elements;
        const std::string name(Net::site_names[s]);
        if constexpr (entries <= detail::entries_to_draw) report.figure(components_figure<s>(shown));
        else report.paragraph(name + " has " + std::to_string(entries) + " entries: too many to be drawn.");
    });
    detail::add_losses_and_method(report, shown);
    write_file_atomically(path, report.html());
}
template <class Net, decomposition_shape Shape, class T>
void write_report(const std::vector<decomposition<Net, Shape, T>>& runs, const std::filesystem::path& path,
                  const report_options& options = {}) {
    write_report(std::span(runs), path, options);
}

/// The report of one run.
template <class Net, decomposition_shape Shape, class T>
void write_report(const decomposition<Net, Shape, T>& result, const std::filesystem::path& path,
                  const report_options& options = {}) {
    write_report(std::span(&result, 1), path, options);
}

/// The report of one run, with what a device finds out: the map from features to components, each feature alone in the
/// input, and on samples of the data how often each component is active and its top samples.
///
/// Of a network of more than 256 inputs the map is left out, and of a run that failed both.
/// Example: `apd::write_report(device, result, data, "tms.html");`
template <backend Device, class Net, decomposition_shape Shape, class T, data_source<Device, T> Data,
          mask_node Mask = decltype(attribution_share(gradient_attribution(), 0.1))>
void write_report(Device& device, const decomposition<Net, Shape, T>& result, const Data& data,
                  const std::filesystem::path& path, report_options options = {},
                  const Mask& mask = attribution_share(gradient_attribution(), 0.1)) {
    constexpr std::size_t features_to_draw = 256, samples = 4096;
    if (result.failure.empty()) {
        evaluator answers(device, result);
        report_section activity{"How often each component is active",
                                activity_figure(component_activity(answers, answers.inputs(data, samples), mask))};
        options.sections.insert(options.sections.begin(), std::move(activity));
        if constexpr (Net::inputs <= features_to_draw) {
            options.attributions = {attribution_matrix(answers)};
        } else {
            report_section none{
                "Which component each feature has",
                "<p>" + std::to_string(Net::inputs) + " inputs are too many to look at each alone.</p>\n"};
            options.sections.insert(options.sections.begin(), std::move(none));
        }
    }
    write_report(result, path, options);
}

}  // namespace apd::ext

namespace apd {
using ext::report_column, ext::report_section, ext::report_options, ext::write_report;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/write_report.ipp>
#endif
