#pragma once
// Where Catch2 is 3: the header and the names of Catch2 2, which the tests are written in.

#include <string>

#include <catch2/catch_all.hpp>

using Catch::Approx;

namespace Catch {
namespace Matchers {
inline auto Contains(const char* part) { return ContainsSubstring(part); }
inline auto Contains(const std::string& part) { return ContainsSubstring(part); }
inline auto Contains(std::string& part) { return ContainsSubstring(part); }
inline auto Contains(std::string&& part) { return ContainsSubstring(part); }
}  // namespace Matchers
using Matchers::Contains;
using Matchers::EndsWith;
using Matchers::Message;
using Matchers::Predicate;
using Matchers::StartsWith;
}  // namespace Catch
