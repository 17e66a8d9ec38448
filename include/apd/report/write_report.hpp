#pragma once
// The report of one or several decompositions: what came of them in words, a table of runs, the map from features to
// components, pictures of the components, loss curves, options.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <apd/analysis/component_activity.hpp>
#include <apd/analysis/evaluation.hpp>
#include <apd/analysis/feature_map.hpp>
#include <apd/component/decomposition_shape.hpp>
#include <apd/core/error.hpp>
#include <apd/core/version.hpp>
#include <apd/core/xtensor.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/mask/attribution_share.hpp>
#include <apd/report/analysis_figures.hpp>
#include <apd/report/components_figure.hpp>
#include <apd/report/page.hpp>
#include <apd/report/run_figures.hpp>
#include <apd/report/verdict.hpp>
#include <apd/training/decomposition.hpp>
#include <apd/training/options.hpp>
#include <apd/training/run_record.hpp>
#include <apd/training/saved_options.hpp>
#include <apd/training/warnings.hpp>

namespace apd {

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

inline void add_runs_table(page& report, const std::vector<const run_record*>& runs,
                           const std::vector<report_column>& columns) {
    std::vector<std::string> headers{"seed"};
    for (const auto& column : columns) headers.push_back(column.name);
    for (const auto& term : runs.front()->terms) headers.push_back(term);
    headers.insert(headers.end(), {"steps", "seconds"});
    std::vector<std::vector<std::string>> rows;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        const run_record& run = *runs[r];
        std::vector<std::string> cells{std::to_string(run.options.seed)};
        for (const auto& column : columns) cells.push_back(svg::label(column.values.at(r)));
        for (std::size_t i = 0; i < run.terms.size(); ++i)
            cells.push_back(run.history.empty() ? "–" : svg::label(run.history.back().values[i], 3));
        cells.push_back(svg::label(static_cast<double>(run.completed_steps), 6) +
                        (run.failure.empty() ? "" : ", failed"));
        cells.push_back(run.seconds > 0 ? svg::label(run.seconds, 3) : "–");  // of a saved run nobody knows them
        rows.push_back(std::move(cells));
    }
    report.table(headers, rows, "All runs. Losses are those of the last batch, without their coefficients.");
}

// The verdicts, each with the seeds of its runs where there are several, and the warnings: failures first, then runs
// that something is said against.
inline void add_verdicts(page& report, const std::vector<const run_record*>& runs,
                         const std::vector<std::string>& verdicts) {
    struct group {
        std::string text;
        std::vector<std::string> warned;
        std::vector<std::uint64_t> seeds;
        int order;  // 0, 1, 2
    };
    std::vector<group> groups;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        group one{verdicts[r], warnings(*runs[r]), {runs[r]->options.seed}, 2};
        if (!one.warned.empty()) one.order = runs[r]->failure.empty() ? 1 : 0;
        const auto same = std::ranges::find_if(
            groups, [&](const group& each) { return each.text == one.text && each.warned == one.warned; });
        if (same == groups.end()) groups.push_back(std::move(one));
        else same->seeds.push_back(one.seeds[0]);
    }
    const auto add = [&](const group& each) {
        const auto& [text, warned, seeds, place] = each;
        std::string of;
        for (const auto seed : seeds) of += (of.empty() ? "" : ", ") + std::to_string(seed);
        report.verdict(runs.size() == 1 ? text : (seeds.size() == 1 ? "Seed " : "Seeds ") + of + ": " + text);
        for (std::string sentence : warned) {
            if (sentence[0] >= 'a' && sentence[0] <= 'z') sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
            report.warning(sentence + ".");
        }
    };
    for (int order = 0; order <= 2; ++order)
        for (const auto& each : groups)
            if (each.order == order) add(each);
}

inline void check(std::size_t runs, const report_options& options) {
    if (options.shown >= runs)
        throw error("write_report",
                    "run " + std::to_string(options.shown) + " of " + std::to_string(runs) + " is to be shown",
                    "give at least one run, and a number below theirs");
    for (const auto& column : options.columns)
        if (column.values.size() != runs)
            throw error("write_report",
                        "the column '" + column.name + "' has " + std::to_string(column.values.size()) +
                            " values for " + std::to_string(runs) + " runs",
                        "give one for each run");
    if (!options.attributions.empty() && options.attributions.size() != runs)
        throw error("write_report",
                    "there are attributions of " + std::to_string(options.attributions.size()) + " runs of " +
                        std::to_string(runs),
                    "give those of each run, or none");
}

// The report up to the components of the run that is shown.
inline page report_of_runs(const std::vector<const run_record*>& runs, const std::vector<std::string>& verdicts,
                           const report_options& options) {
    page report(options.title, options.subtitle);
    add_verdicts(report, runs, verdicts);
    add_runs_table(report, runs, options.columns);
    if (!options.attributions.empty())
        report.heading("Which component each feature has")
            .figure(attribution_figure(options.attributions[options.shown]));
    for (const auto& section : options.sections) report.heading(section.heading).figure(section.figures);
    report.heading("Components of the run with seed " + std::to_string(runs[options.shown]->options.seed));
    return report;
}

inline std::vector<std::pair<std::string, std::string>> listed(const run_record& run) {
    std::vector<std::pair<std::string, std::string>> all{{"optimiser", run.optimiser}};
    for_each_option(run.options,
                    [&](const char* name, const auto& option) { all.emplace_back(name, option_text(option)); });
    all.emplace_back("apd", version);
    return all;
}
// The report after the components.
inline void add_losses_and_method(page& report, const run_record& shown) {
    if (!shown.history.empty()) report.heading("Losses").figure(loss_chart(shown)).figure(losses_table(shown));
    if (!shown.gains.chosen.empty())
        report.heading("Samples that components start from").figure(gains_chart(shown.gains));
    report.heading("Method").paragraph(shown.objective).key_values(listed(shown));
}

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
        evaluation answers(device, result);
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

}  // namespace apd
