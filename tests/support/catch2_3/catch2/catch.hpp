#pragma once
// Where Catch2 is 3: the header and the names of Catch2 2, which the tests are written in.

#include <string>

#include <catch2/catch_all.hpp>

using Catch::Approx;

namespace Catch {
namespace Matchers {
// An overload for each way to hand over a text: else Catch2 3's own, which looks for an element, is the closer match.
inline auto Contains(const char* part, CaseSensitive how = CaseSensitive::Yes) { return ContainsSubstring(part, how); }
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
