#pragma once
// A run in numbers, as JSON: what was asked for, what came out, and how it went.

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

#include <apd/core/version.hpp>
#include <apd/training/options.hpp>

namespace apd {

/// The options, coefficients, last losses and history of a decomposition, and the version that made it.
///
/// Example: `nlohmann::ordered_json run = apd::summary(result); run["MMCS"] = 0.998;`
template <class Result>
nlohmann::ordered_json summary(const Result& result) {
    using nlohmann::ordered_json;
    const auto& o = result.options;
    ordered_json coefficients, losses, history;
    for (std::size_t i = 0; i < result.terms.size(); ++i) {
        coefficients[result.terms[i]] = result.coefficients[i];
        if (!result.history.empty()) losses[result.terms[i]] = result.history.back().values[i];
    }
    if (!result.history.empty()) losses["total"] = result.history.back().total;
    for (const auto& entry : result.history) {
        history["step"].push_back(entry.step);
        history["learning rate"].push_back(entry.learning_rate);
        history["total"].push_back(entry.total);
        for (std::size_t i = 0; i < result.terms.size(); ++i) history[result.terms[i]].push_back(entry.values[i]);
    }
    return {{"apd", version},
            {"components", Result::components},
            {"scalar", sizeof(typename Result::scalar) == 4 ? "float" : "double"},
            {"seed", o.seed},
            {"steps", o.steps},
            {"completed steps", result.completed_steps},
            {"batch", o.batch},
            {"learning rate", o.learning_rate},
            {"schedule", to_string(o.shape)},
            {"warm-up", o.warm_up},
            {"half-life", o.half_life},
            {"initial scale", o.initial_scale},
            {"columns", to_string(o.columns)},
            {"objective", result.objective},
            {"coefficients", coefficients},
            {"losses", losses},
            {"seconds", result.seconds},
            {"history", history}};
}

}  // namespace apd
