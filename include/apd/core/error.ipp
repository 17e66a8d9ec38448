#pragma once
// Bodies of what error.hpp declares.

#include <stdexcept>
#include <string>
#include <string_view>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>

namespace apd::ext {
namespace detail {
inline std::string sentence(std::string_view where, std::string_view problem, std::string_view remedy) {
    std::string text(where);
    text.append(": ").append(problem);
    if (!remedy.empty()) text.append("; ").append(remedy);
    return text;
}

}  // namespace detail

APD_INLINE error::error(std::string_view where, std::string_view problem, std::string_view remedy)
    : std::runtime_error(detail::sentence(where, problem, remedy)) {}

}  // namespace apd::ext
