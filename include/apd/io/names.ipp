#pragma once
// Bodies of what names.hpp declares.

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/matrix_order.hpp>
#include <apd/io/names.hpp>

namespace apd::ext {

APD_INLINE names::names(std::initializer_list<name_rule> rules) : rules_(rules) {
    for (const auto& [from, to, order] : rules_)
        if (pieces(to) > pieces(from))
            throw error("names", "'" + to + "' has more {} than '" + from + "'", "write no more than there are");
}

APD_INLINE names::renaming names::renamed(std::string name) const {
    renaming result{std::move(name), matrix_order::unsaid};
    for (const auto& [from, to, order] : rules_) {
        std::vector<std::string> found;
        const auto length = matched(from, result.name, result.name.size(), found);
        if (!length) continue;
        result.name = filled(to, found) + result.name.substr(*length);
        if (order != matrix_order::unsaid) result.order = order;
    }
    return result;
}

APD_INLINE std::size_t names::pieces(std::string_view text) {
    std::size_t count = 0;
    for (auto at = text.find("{}"); at != std::string_view::npos; at = text.find("{}", at + 2)) ++count;
    return count;
}

APD_INLINE std::optional<std::size_t> names::matched(std::string_view pattern, std::string_view rest, std::size_t size,
                                                     std::vector<std::string>& found) {
    const std::string_view literal = pattern.substr(0, pattern.find("{}"));
    if (!rest.starts_with(literal)) return std::nullopt;
    pattern.remove_prefix(literal.size());
    const std::string_view after = rest.substr(literal.size());
    if (pattern.empty()) {
        const bool whole_words =
            after.empty() || after.front() == '.' || literal.ends_with('.') || (literal.empty() && rest.size() == size);
        return whole_words ? std::optional(size - after.size()) : std::nullopt;
    }
    for (std::size_t letters = std::min(after.find('.'), after.size()); letters > 0; --letters) {
        found.emplace_back(after.substr(0, letters));
        if (const auto length = matched(pattern.substr(2), after.substr(letters), size, found)) return length;
        found.pop_back();
    }
    return std::nullopt;
}

APD_INLINE std::string names::filled(std::string_view text, const std::vector<std::string>& found) {
    std::string result;
    for (const auto& piece : found) {
        const auto at = text.find("{}");
        if (at == std::string_view::npos) break;
        result.append(text.substr(0, at)).append(piece);
        text.remove_prefix(at + 2);
    }
    return result.append(text);
}

}  // namespace apd::ext
