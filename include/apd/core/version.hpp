#pragma once
// The version of the library; the build reads it from here.

#include <string_view>

namespace apd::ext {

inline constexpr std::string_view version = "0.2.0";

}  // namespace apd::ext

namespace apd {
using ext::version;
}  // namespace apd
