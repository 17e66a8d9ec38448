#pragma once
// Options as the metadata of a file, and back.

#include <charconv>
#include <cmath>
#include <initializer_list>
#include <map>
#include <string>
#include <system_error>

#include <apd/core/error.hpp>
#include <apd/core/number_text.hpp>
#include <apd/training/options.hpp>

namespace apd::detail {

using metadata = std::map<std::string, std::string>;

/// f(name, number) for every number among the options.
template <class Options, class F>
void for_each_number(Options& o, F&& f) {
    f("seed", o.seed);
    f("batch", o.batch);
    f("learning rate", o.learning_rate);
    f("warm-up", o.warm_up);
    f("half-life", o.half_life);
    f("initial scale", o.initial_scale);
    f("steps between records", o.log_every);
}

/// Leaves the number as it is if there is none of that name. Errors: `apd::error` for a text that is no such number.
template <class Number>
void read(const metadata& entries, const std::string& name, Number& number) {
    const auto found = entries.find(name);
    if (found == entries.end()) return;
    const char* const end = found->second.data() + found->second.size();
    const auto [stop, problem] = std::from_chars(found->second.data(), end, number);
    if (problem != std::errc{} || stop != end || !std::isfinite(static_cast<double>(number)))
        throw error("saved result", "its '" + name + "' is '" + found->second + "'", "save it again");
}
/// The one of the choices whose name stands in the metadata, or `otherwise` if none does. Errors: `apd::error` for
/// another name.
template <class Choice>
Choice read_choice(const metadata& entries, const std::string& name, std::initializer_list<Choice> choices,
                   Choice otherwise) {
    const auto found = entries.find(name);
    if (found == entries.end()) return otherwise;
    for (const Choice choice : choices)
        if (found->second == to_string(choice)) return choice;
    throw error("saved result", "its '" + name + "' is '" + found->second + "'", "save it again");
}

inline void write_options(const decompose_options& o, metadata& entries) {
    for_each_number(o, [&](const char* name, auto number) { entries[name] = in_digits(number); });
    entries["planned steps"] = in_digits(o.steps);
    entries["schedule"] = to_string(o.shape);
    entries["columns"] = to_string(o.columns);
}
inline decompose_options read_options(const metadata& entries) {
    decompose_options o;
    for_each_number(o, [&](const char* name, auto& number) { read(entries, name, number); });
    read(entries, "planned steps", o.steps);
    o.columns = read_choice(entries, "columns", {column_norm::free, column_norm::unit}, o.columns);
    o.shape =
        read_choice(entries, "schedule", {decay::constant, decay::linear, decay::cosine, decay::exponential}, o.shape);
    return o;
}

}  // namespace apd::detail
