#pragma once
// Options as the metadata of a file, and back.

#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <system_error>
#include <type_traits>

#include <apd/core/error.hpp>
#include <apd/core/number_text.hpp>
#include <apd/training/options.hpp>

namespace apd::ext::detail {

using metadata = std::map<std::string, std::string>;

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
/// The same of a choice, by its name.
template <class Choice>
    requires std::is_enum_v<Choice>
void read(const metadata& entries, const std::string& name, Choice& choice) {
    const auto found = entries.find(name);
    if (found == entries.end()) return;
    for (const Choice each : all_of(choice))
        if (found->second == to_string(each)) return static_cast<void>(choice = each);
    throw error("saved result", "its '" + name + "' is '" + found->second + "'", "save it again");
}

inline std::string option_text(auto number) { return in_digits(number); }
template <class Choice>
    requires std::is_enum_v<Choice> std::string option_text(Choice choice) { return std::string(to_string(choice)); }

void write_options(const decompose_options& o, metadata& entries);
decompose_options read_options(const metadata& entries);

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/training/saved_options.ipp>
#endif
