#pragma once
// A method in words, as its user wrote it: for files and reports.

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <apd/core/number_text.hpp>

namespace apd::ext {

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

namespace detail {
std::string call_text(std::string_view name, const std::vector<std::string>& arguments);
/// "1 * first + 0.7 * second"
std::string sum_text(const std::vector<double>& weights, const std::vector<std::string>& terms);
}  // namespace detail

/// "name(first, second)", for a node's `describe()`.
template <class... Arguments>
std::string describe_call(std::string_view name, const Arguments&... arguments) {
    return detail::call_text(name, {describe(arguments)...});
}

}  // namespace apd::ext

namespace apd {
using ext::describe;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/core/describe.ipp>
#endif
