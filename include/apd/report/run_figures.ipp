#pragma once
// Bodies of what run_figures.hpp declares.

#include <cstddef>
#include <string>
#include <vector>

#include <apd/component/sample_gains.hpp>
#include <apd/core/annotations.hpp>
#include <apd/report/line_chart.hpp>
#include <apd/report/page.hpp>
#include <apd/report/run_figures.hpp>
#include <apd/report/svg.hpp>
#include <apd/training/run_record.hpp>
#include <apd/training/warnings.hpp>

namespace apd::ext::detail {

APD_INLINE std::string loss_chart(const run_record& run) {
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

APD_INLINE std::string losses_table(const run_record& run) {
    const auto shares = shares_of_nothing(run);
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < shares.size(); ++i)
        rows.push_back(
            {run.terms[i], svg::label(run.history.back().values[i], 3), svg::label(run.without_components[i], 3),
             run.without_components[i] > 0 && shares[i] < 100 ? svg::label(100 * shares[i], 2) + " %" : "–"});
    if (rows.empty()) return {};
    return table_figure({"loss", "at the end", "without components", "share"}, rows,
                        "Losses of the last batch, without their coefficients, beside those of components that are "
                        "zero.");
}

APD_INLINE std::string gains_chart(const sample_gains& gains) {
    line_series chosen{"components start from these", {}, gains.chosen}, left_over{"left over", {}, gains.left_over};
    left_over.y.insert(left_over.y.begin(), gains.chosen.back());  // so that the fall between them is drawn
    for (std::size_t i = 0; i < chosen.y.size(); ++i) chosen.x.push_back(static_cast<double>(i));
    for (std::size_t i = 0; i < left_over.y.size(); ++i)
        left_over.x.push_back(static_cast<double>(chosen.x.size() + i - 1));
    return line_chart({chosen, left_over},
                      {.x_label = "number of the sample, in the order of choice",
                       .y_label = "gain",
                       .caption = "What each sample adds to what is represented, as a share of all that the network "
                                  "does, up to where components end, and beyond. Where the mechanisms end, gains fall "
                                  "steeply.",
                       .log_y = true,
                       .height = 220});
}

}  // namespace apd::ext::detail
