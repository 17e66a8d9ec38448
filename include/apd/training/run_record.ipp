#pragma once
// Bodies of what run_record.hpp declares.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/core/version.hpp>
#include <apd/io/tensors.hpp>
#include <apd/training/options.hpp>
#include <apd/training/run_record.hpp>
#include <apd/training/saved_options.hpp>

namespace apd::ext {
namespace detail {

APD_INLINE void check_coefficients(const run_record& run) {
    for (std::size_t i = 0; i < run.terms.size(); ++i)
        if (!std::isfinite(run.coefficients[i]))
            throw error("decompose", "the coefficient of '" + run.terms[i] + "' is NaN or infinite",
                        "give a finite number");
}

APD_INLINE history_entry add_to_history(run_record& run, std::size_t step, double learning_rate,
                                        std::vector<double> values) {
    run.completed_steps = step;
    history_entry now{step, learning_rate, 0, std::move(values)};
    const auto check = [&](const std::string& what, double value) {
        if (!std::isfinite(value) && run.failure.empty())
            run.failure =
                what + " became " + (std::isnan(value) ? "NaN" : "infinite") + " by step " + std::to_string(step);
    };
    for (std::size_t i = 0; i < now.values.size(); ++i) {
        check("the term '" + run.terms[i] + "'", now.values[i]);
        now.total += run.coefficients[i] * now.values[i];
    }
    check("the sum of the terms", now.total);
    if (run.failure.empty()) run.history.push_back(now);
    return now;
}

APD_INLINE std::vector<std::string> distinct_names(const std::vector<std::string>& terms) {
    std::vector<std::string> names;
    for (auto term = terms.begin(); term != terms.end(); ++term) {
        const auto before = std::count(terms.begin(), term, *term);
        names.push_back(before == 0 ? *term : *term + " " + std::to_string(before + 1));
    }
    return names;
}

APD_INLINE void write_record(const run_record& run, tensors& file) {
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

APD_INLINE run_record read_record(const tensors& file) {
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
        if (file.shape(name).size() != 1)
            throw error("saved result", "its '" + std::string(name) + "' is no list of numbers", "save it again");
        numbers.resize(file.shape(name)[0]);
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

}  // namespace apd::ext
