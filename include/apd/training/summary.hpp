#pragma once
// A run in numbers, as JSON: what was asked for, what came out, and how it went.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <apd/core/version.hpp>
#include <apd/training/options.hpp>
#include <apd/training/run_record.hpp>

namespace apd {

/// What a caller knows of a run beside its record: a named number, several, or a text.
struct finding {
    std::string name;
    std::variant<double, std::vector<double>, std::string> value;
};

namespace detail {

/// Members of JSON objects, one after the other. What is no number, NaN or infinity, becomes null.
class json_members {
  public:
    json_members() { json_.SetIndent(' ', 2).SetFormatOptions(rapidjson::kFormatSingleLineArray); }
    void open(std::string_view name = {}) {
        if (!name.empty()) key(name);
        json_.StartObject();
    }
    void close() { json_.EndObject(); }
    void add(std::string_view name, double number) { key(name), write(number); }
    void add(std::string_view name, std::string_view text) { key(name), write(text); }
    void add(std::string_view name, const std::vector<double>& numbers) {
        key(name);
        json_.StartArray();
        for (const double number : numbers) write(number);
        json_.EndArray();
    }
    void add_whole(std::string_view name, std::size_t number) { key(name), json_.Uint64(number); }
    std::string text() const { return {text_.GetString(), text_.GetSize()}; }

  private:
    void key(std::string_view name) { json_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
    void write(std::string_view text) { json_.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }
    void write(double number) {
        if (!std::isfinite(number)) json_.Null();
        else if (number == std::round(number) && std::abs(number) < 1e15)
            json_.Int64(static_cast<std::int64_t>(number));
        else json_.Double(number);
    }

    rapidjson::StringBuffer text_;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> json_{text_};
};

inline std::string summary_of(const run_record& run, std::size_t components, std::string_view scalar,
                              const std::vector<finding>& findings) {
    const auto& o = run.options;
    json_members json;
    json.open();
    json.add("apd", version);
    json.add_whole("components", components);
    json.add("scalar", scalar);
    json.add_whole("seed", o.seed);
    json.add_whole("steps", o.steps);
    json.add_whole("completed steps", run.completed_steps);
    json.add_whole("batch", o.batch);
    json.add("learning rate", o.learning_rate);
    json.add("schedule", to_string(o.shape));
    json.add("warm-up", o.warm_up);
    json.add("half-life", o.half_life);
    json.add("initial scale", o.initial_scale);
    json.add("columns", to_string(o.columns));
    json.add("objective", run.objective);
    json.open("coefficients");
    for (std::size_t i = 0; i < run.terms.size(); ++i) json.add(run.terms[i], run.coefficients[i]);
    json.close();
    json.open("losses");
    if (!run.history.empty()) {
        for (std::size_t i = 0; i < run.terms.size(); ++i) json.add(run.terms[i], run.history.back().values[i]);
        json.add("total", run.history.back().total);
    }
    json.close();
    json.add("seconds", run.seconds);
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
    for (std::size_t i = 0; i < run.terms.size(); ++i)
        json.add(run.terms[i], column([&](const auto& entry) { return entry.values[i]; }));
    json.close();
    json.close();
    return json.text();
}

}  // namespace detail

/// The options, coefficients, last losses and history of a decomposition, the version that made it, and the caller's
/// findings, as one JSON object.
///
/// Example: `apd::write_file_atomically("tms.json", apd::summary(result, {{"MMCS", 0.998}}));`
template <class Result>
std::string summary(const Result& result, const std::vector<finding>& findings = {}) {
    return detail::summary_of(result, Result::components, sizeof(typename Result::scalar) == 4 ? "float" : "double",
                              findings);
}

/// The JSON array of summaries, for one file of several runs.
inline std::string summaries(const std::vector<std::string>& of_runs) {
    std::string text = "[\n";
    for (std::size_t i = 0; i < of_runs.size(); ++i) text += (i == 0 ? "" : ",\n") + of_runs[i];
    return text + "\n]\n";
}

}  // namespace apd
