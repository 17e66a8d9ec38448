#pragma once
// Bodies of what write_report.hpp declares.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <apd/analysis/component_activity.hpp>
#include <apd/analysis/evaluator.hpp>
#include <apd/analysis/feature_map.hpp>
#include <apd/component/decomposition_shape.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/core/version.hpp>
#include <apd/mask/attribution_share.hpp>
#include <apd/report/analysis_figures.hpp>
#include <apd/report/components_figure.hpp>
#include <apd/report/page.hpp>
#include <apd/report/run_figures.hpp>
#include <apd/report/verdict.hpp>
#include <apd/report/write_report.hpp>
#include <apd/training/decomposition.hpp>
#include <apd/training/options.hpp>
#include <apd/training/run_record.hpp>
#include <apd/training/saved_options.hpp>
#include <apd/training/warnings.hpp>

namespace apd::ext {
namespace detail {

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

APD_INLINE void check(std::size_t runs, const report_options& options) {
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

APD_INLINE page report_of_runs(const std::vector<const run_record*>& runs, const std::vector<std::string>& verdicts,
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

APD_INLINE std::vector<std::pair<std::string, std::string>> listed(const run_record& run) {
    std::vector<std::pair<std::string, std::string>> all{{"optimiser", run.optimiser}};
    for_each_option(run.options,
                    [&](const char* name, const auto& option) { all.emplace_back(name, option_text(option)); });
    all.emplace_back("apd", version);
    return all;
}

APD_INLINE void add_losses_and_method(page& report, const run_record& shown) {
    if (!shown.history.empty()) report.heading("Losses").figure(loss_chart(shown)).figure(losses_table(shown));
    if (!shown.gains.chosen.empty())
        report.heading("Samples that components start from").figure(gains_chart(shown.gains));
    report.heading("Method").paragraph(shown.objective).key_values(listed(shown));
}

}  // namespace detail

}  // namespace apd::ext
