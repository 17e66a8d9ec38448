#pragma once
// Bodies of what summary.hpp declares.

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/version.hpp>
#include <apd/io/json_writer.hpp>
#include <apd/training/options.hpp>
#include <apd/training/run_record.hpp>
#include <apd/training/summary.hpp>
#include <apd/training/warnings.hpp>

namespace apd::ext {
namespace detail {

APD_INLINE std::string summary_of(const run_record& run, std::size_t components, std::string_view scalar,
                                  const std::vector<finding>& findings) {
    const auto terms = distinct_names(run.terms);
    pretty_json json("summary");
    json.add("apd", version);
    json.add("components", components);
    json.add("scalar", scalar);
    for_each_option(run.options, [&](const char* name, const auto& option) {
        if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(option)>>) json.add(name, to_string(option));
        else if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(option)>>) json.add(name, option);
        else json.add(name, static_cast<std::size_t>(option));
    });
    json.add("completed steps", run.completed_steps);
    if (!run.failure.empty()) json.add("failure", run.failure);
    json.add("optimiser", run.optimiser);
    json.add("objective", run.objective);
    json.open("coefficients");
    for (std::size_t i = 0; i < terms.size(); ++i) json.add(terms[i], run.coefficients[i]);
    json.close();
    json.open("losses");
    if (!run.history.empty()) {
        for (std::size_t i = 0; i < terms.size(); ++i) json.add(terms[i], run.history.back().values[i]);
        json.add("total", run.history.back().total);
    }
    json.close();
    const auto shares = shares_of_nothing(run);
    json.open("shares of no components");
    for (std::size_t i = 0; i < shares.size(); ++i) json.add(terms[i], shares[i]);
    json.close();
    json.add("gains", run.gains.chosen);
    json.add("gains left over", run.gains.left_over);
    json.add("warnings", warnings(run));
    json.open("findings");
    for (const auto& [name, value] : findings)
        std::visit([&, &of = name](const auto& known) { json.add(of, known); }, value);
    json.close();
    const auto column = [&](auto value) {
        std::vector<double> numbers;
        for (const auto& entry : run.history) numbers.push_back(value(entry));
        return numbers;
    };
    json.open("history");
    json.add("step", column([](const auto& entry) { return static_cast<double>(entry.step); }));
    json.add("learning rate", column([](const auto& entry) { return entry.learning_rate; }));
    json.add("total", column([](const auto& entry) { return entry.total; }));
    for (std::size_t i = 0; i < terms.size(); ++i)
        json.add(terms[i], column([&](const auto& entry) { return entry.values[i]; }));
    json.close();
    return json.text();
}

}  // namespace detail

APD_INLINE std::string summaries(const std::vector<std::string>& of_runs) {
    std::string text = "[\n";
    for (std::size_t i = 0; i < of_runs.size(); ++i) text += (i == 0 ? "" : ",\n") + of_runs[i];
    return text + "\n]\n";
}

}  // namespace apd::ext
