#pragma once
// A method in words, as its user wrote it: for files and reports.

#include <string>
#include <string_view>
#include <type_traits>

#include <apd/core/number_text.hpp>

namespace apd {

/// The text of a node, or of a number: what its `describe()` returns, or "(...)" for a node without one.
template <class Node>
std::string describe(const Node& node) {
    if constexpr (std::is_arithmetic_v<Node>) {
        return number_text(static_cast<double>(node));
    } else if constexpr (requires { node.describe(); }) {
        return node.describe();
    } else {
        return "(...)";
    }
}

/// "name(first, second)", for a node's `describe()`.
template <class... Arguments>
std::string describe_call(std::string_view name, const Arguments&... arguments) {
    std::string list;
    (list.append(list.empty() ? "" : ", ").append(describe(arguments)), ...);
    return std::string(name).append("(").append(list).append(")");
}

}  // namespace apd
