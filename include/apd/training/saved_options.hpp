#pragma once
// Options as the metadata of a file, and back.

#include <charconv>
#include <map>
#include <string>
#include <string_view>

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
}

template <class Number>
std::string written(Number number) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}
/// Leaves the number as it is if there is none of that name.
template <class Number>
void read(const metadata& entries, const std::string& name, Number& number) {
    const auto found = entries.find(name);
    if (found == entries.end()) return;
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
}

inline void write_options(const decompose_options& o, metadata& entries) {
    for_each_number(o, [&](const char* name, auto number) { entries[name] = written(number); });
    entries["planned steps"] = written(o.steps);
    entries["schedule"] = to_string(o.shape);
    entries["columns"] = o.columns == column_norm::unit ? "unit" : "free";
}
inline decompose_options read_options(const metadata& entries) {
    decompose_options o;
    for_each_number(o, [&](const char* name, auto& number) { read(entries, name, number); });
    read(entries, "planned steps", o.steps);
    if (const auto found = entries.find("columns"); found != entries.end() && found->second == "unit")
        o.columns = column_norm::unit;
    if (const auto found = entries.find("schedule"); found != entries.end())
        for (const decay shape : {decay::linear, decay::cosine, decay::exponential})
            if (found->second == to_string(shape)) o.shape = shape;
    return o;
}

}  // namespace apd::detail
