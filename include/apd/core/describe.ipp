#pragma once
// Bodies of what describe.hpp declares.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/number_text.hpp>

namespace apd::ext::detail {

APD_INLINE std::string call_text(std::string_view name, const std::vector<std::string>& arguments) {
    std::string text(name);
    text.append("(");
    for (std::size_t i = 0; i < arguments.size(); ++i) text.append(i == 0 ? "" : ", ").append(arguments[i]);
    return text.append(")");
}

APD_INLINE std::string sum_text(const std::vector<double>& weights, const std::vector<std::string>& terms) {
    std::string text;
    for (std::size_t i = 0; i < terms.size(); ++i)
        text.append(i == 0 ? "" : " + ").append(number_text(weights[i])).append(" * ").append(terms[i]);
    return text;
}

}  // namespace apd::ext::detail
