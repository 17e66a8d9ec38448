#pragma once
// The version of the library; the build reads it from here.

#include <string_view>

namespace apd {

inline constexpr std::string_view version = "0.2.0";

}  // namespace apd
