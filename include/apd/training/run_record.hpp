#pragma once
// How components were found: what was asked for, and how it went.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <apd/component/sample_gains.hpp>
#include <apd/core/error.hpp>
#include <apd/core/version.hpp>
#include <apd/io/tensors.hpp>
#include <apd/training/options.hpp>
#include <apd/training/saved_options.hpp>

namespace apd {

/// The values of all terms at one step.
struct history_entry {
    std::size_t step;
    double learning_rate, total;
    std::vector<double> values;
};

/// What is known of a run beside its weights.
struct run_record {
    decompose_options options;
    std::string objective, optimiser;        ///< in words
    std::vector<std::string> terms;          ///< names of the losses
    std::vector<double> coefficients;        ///< theirs
    std::vector<double> without_components;  ///< values of the terms when all components are zero, on the first batch
    sample_gains gains;                      ///< of the samples that the components started from, if they did
    std::vector<history_entry> history;
    std::size_t completed_steps = 0;
    double seconds = 0;        ///< not saved: the same run gives the same bytes
    std::string failure = {};  ///< of a run in a list, why it ended: a term that became NaN or infinite
};

namespace detail {

/// The names of the terms, numbered where there are several of one name.
inline std::vector<std::string> distinct_names(const std::vector<std::string>& terms) {
    std::vector<std::string> names;
    for (auto term = terms.begin(); term != terms.end(); ++term) {
        const auto before = std::count(terms.begin(), term, *term);
        names.push_back(before == 0 ? *term : *term + " " + std::to_string(before + 1));
    }
    return names;
}

/// The history as the tensor "history": a row for each record, step, learning rate, total, then the terms. The
/// coefficients, the losses without components and the gains as tensors of these names; the rest stands in the
/// metadata.
inline void write_record(const run_record& run, tensors& file) {
    std::vector<double> rows;
    for (const auto& entry : run.history) {
        rows.insert(rows.end(), {static_cast<double>(entry.step), entry.learning_rate, entry.total});
        rows.insert(rows.end(), entry.values.begin(), entry.values.end());
    }
    file.set("history", {run.history.size(), 3 + run.terms.size()}, rows);
    file.set("coefficients", {run.coefficients.size()}, run.coefficients);
    file.set("without components", {run.without_components.size()}, run.without_components);
    if (!run.gains.chosen.empty()) {
        file.set("gains", {run.gains.chosen.size()}, run.gains.chosen);
        file.set("gains left over", {run.gains.left_over.size()}, run.gains.left_over);
    }
    auto& texts = file.metadata();
    write_options(run.options, texts);
    texts["apd"] = version, texts["objective"] = run.objective, texts["optimiser"] = run.optimiser;
    texts["steps"] = std::to_string(run.completed_steps);
    if (!run.failure.empty()) texts["failure"] = run.failure;
    for (const auto& term : run.terms) texts["terms"] += term + "\n";
}

/// Errors: `apd::error` if a tensor is missing or has another shape, or if something is no number or word that a run is
/// saved with.
inline run_record read_record(const tensors& file) {
    run_record run;
    const auto& texts = file.metadata();
    run.options = read_options(texts);
    read(texts, "steps", run.completed_steps);
    const auto text = [&](const char* name) {
        const auto found = texts.find(name);
        return found == texts.end() ? std::string() : found->second;
    };
    run.objective = text("objective"), run.optimiser = text("optimiser"), run.failure = text("failure");
    std::istringstream names(text("terms"));
    for (std::string term; std::getline(names, term);) run.terms.push_back(term);
    const std::size_t width = 3 + run.terms.size();
    const auto shape = file.shape("history");
    if (shape.size() != 2 || shape[1] != width || file.shape("coefficients") != std::vector{run.terms.size()})
        throw error("saved result", "its history and coefficients do not fit its terms", "save it again");
    run.coefficients.resize(run.terms.size());
    file.read("coefficients", std::span(run.coefficients));
    // Files of version 0.1 have none of these.
    const auto list = [&](const char* name, std::vector<double>& numbers) {
        if (!file.contains(name)) return;
        numbers.resize(file.shape(name).empty() ? 1 : file.shape(name)[0]);
        file.read(name, std::span(numbers));
    };
    list("without components", run.without_components);
    list("gains", run.gains.chosen);
    list("gains left over", run.gains.left_over);
    std::vector<double> rows(shape[0] * width);
    file.read("history", std::span(rows));
    // Every number finite, and steps such as there can be.
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!std::isfinite(rows[i]) || (i % width == 0 && !(rows[i] >= 0 && rows[i] < 1e15)))
            throw error("saved result", "its history holds what no run records", "save it again");
    for (const double* row = rows.data(); row != rows.data() + rows.size(); row += width)
        run.history.push_back({static_cast<std::size_t>(row[0]), row[1], row[2], {row + 3, row + width}});
    return run;
}

}  // namespace detail

}  // namespace apd
