#pragma once
// The report of one or several decompositions: a table of runs, pictures of the components, loss curves, options.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/core/version.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/report/components_figure.hpp>
#include <apd/report/line_chart.hpp>
#include <apd/report/page.hpp>
#include <apd/training/decomposition.hpp>
#include <apd/training/run_record.hpp>

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
    std::vector<report_section> sections{};  ///< before the components and curves
    std::size_t shown = 0;                   ///< the run whose components and curves are drawn
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
    for (const run_record* run : runs)
        if (!run->failure.empty())
            report.paragraph("The run with seed " + std::to_string(run->options.seed) + " failed: " + run->failure +
                             ".");
}

inline std::string loss_chart(const run_record& run) {
    std::vector<line_series> series(run.terms.size() + 1);
    for (std::size_t i = 0; i <= run.terms.size(); ++i) {
        series[i].name = i < run.terms.size() ? run.terms[i] : "weighted sum";
        for (const auto& entry : run.history) {
            series[i].x.push_back(static_cast<double>(entry.step));
            series[i].y.push_back(i < run.terms.size() ? entry.values[i] : entry.total);
        }
    }
    return line_chart(series, {.x_label = "step",
                               .y_label = "loss",
                               .caption = "Each loss, without its coefficient, and their weighted sum.",
                               .log_y = true});
}

// The report up to the components of the run that is shown.
inline page report_of_runs(const std::vector<const run_record*>& runs, const report_options& options) {
    if (options.shown >= runs.size())
        throw error("write_report",
                    "run " + std::to_string(options.shown) + " of " + std::to_string(runs.size()) + " is to be shown",
                    "give at least one run, and a number below theirs");
    for (const auto& column : options.columns)
        if (column.values.size() != runs.size())
            throw error("write_report",
                        "the column '" + column.name + "' has " + std::to_string(column.values.size()) +
                            " values for " + std::to_string(runs.size()) + " runs",
                        "give one for each run");
    page report(options.title, options.subtitle);
    add_runs_table(report, runs, options.columns);
    for (const auto& section : options.sections) report.heading(section.heading).figure(section.figures);
    report.heading("Components of the run with seed " + std::to_string(runs[options.shown]->options.seed));
    return report;
}

inline std::vector<std::pair<std::string, std::string>> listed(const decompose_options& o) {
    return {{"steps", svg::label(static_cast<double>(o.steps), 6)},
            {"batch", svg::label(static_cast<double>(o.batch), 6)},
            {"learning rate", svg::label(o.learning_rate)},
            {"schedule", std::string(to_string(o.shape))},
            {"warm-up, share of the steps", svg::label(o.warm_up)},
            {"initial scale", svg::label(o.initial_scale)},
            {"columns of U", o.columns == column_norm::unit ? "unit length" : "free"},
            {"seed", std::to_string(o.seed)},
            {"apd", std::string(version)}};
}
// The report after the components.
inline void add_losses_and_method(page& report, const run_record& shown) {
    if (!shown.history.empty()) report.heading("Losses").figure(loss_chart(shown));
    report.heading("Method").paragraph(shown.objective).key_values(listed(shown.options));
}

}  // namespace detail

/// Writes a report of runs that differ in seeds or options: one self-contained HTML file, readable without a network.
///
/// Errors: `apd::error` if there is no run, `shown` is none of them, a column has not one value for each run, or the
/// file can't be written.
/// Example: `apd::write_report(results, "tms.html", {.title = "TMS 5-2", .columns = {{"MMCS", {0.998}}}});`
template <class Net, std::size_t C, std::size_t Rank, class T>
void write_report(std::span<const decomposition<Net, C, Rank, T>> runs, const std::filesystem::path& path,
                  const report_options& options = {}) {
    std::vector<const run_record*> records;
    for (const auto& run : runs) records.push_back(&run);
    page report = detail::report_of_runs(records, options);
    const auto& shown = runs[options.shown];
    if (!shown.failure.empty()) report.paragraph("The run failed; they may hold numbers that are not finite.");
    repeat<Net::sites.size()>([&](auto s) {
        constexpr std::size_t entries = Net::template site_at<s>::shape::elements;
        const std::string name(Net::template site_at<s>::name.view());
        if constexpr (entries <= detail::entries_to_draw) report.figure(components_figure<s>(shown));
        else report.paragraph(name + " has " + std::to_string(entries) + " entries: too many to be drawn.");
    });
    detail::add_losses_and_method(report, shown);
    write_file_atomically(path, report.html());
}
template <class Net, std::size_t C, std::size_t Rank, class T>
void write_report(const std::vector<decomposition<Net, C, Rank, T>>& runs, const std::filesystem::path& path,
                  const report_options& options = {}) {
    write_report(std::span(runs), path, options);
}

/// The report of one run.
template <class Net, std::size_t C, std::size_t Rank, class T>
void write_report(const decomposition<Net, C, Rank, T>& result, const std::filesystem::path& path,
                  const report_options& options = {}) {
    write_report(std::span(&result, 1), path, options);
}

}  // namespace apd
