#pragma once
// What every figure of the report needs: escaped text, numbers that do not depend on the locale, axis ticks, colours.

#include <charconv>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/requirements.hpp>

namespace apd::ext::svg {

namespace detail {
std::string joined(std::initializer_list<std::string_view> parts);
}  // namespace detail

/// The parts, one after the other.
template <std::convertible_to<std::string_view>... Parts>
std::string concatenate(const Parts&... parts) {
    return detail::joined({std::string_view(parts)...});
}

/// Text that is safe between tags and inside quoted attributes; control characters become U+FFFD.
std::string escape(std::string_view text);

namespace detail {

std::string written(double value, std::chars_format format, int precision);

}  // namespace detail

/// A coordinate: fixed notation, at most `decimals` of them, no trailing zeros. Errors: none, but the value must be
/// finite.
std::string coordinate(double value, int decimals = 2);

/// A power of ten times a mantissa of `significant` digits: "10⁻⁴", "2.5×10⁶".
std::string scientific(double value, int significant = 4);

/// A number for the reader: "−0.25", "20 000" (thousands apart by a narrow space), "1.5×10⁻⁵", "NaN", "∞".
std::string label(double value, int significant = 4);

/// The multiples of 1, 2 or 5 times a power of ten that lie in [low, high]: about `wanted` of them.
std::vector<double> linear_ticks(double low, double high, int wanted = 5);

/// Powers of ten in [low, high], 0 < low < high, at most nine; over a short range also twice and five times a power.
std::vector<double> log_ticks(double low, double high);

/// Labels in one notation for a whole axis: all powers of ten as soon as one of them needs it, and with as many digits
/// as tell neighbours apart.
std::vector<std::string> tick_labels(const std::vector<double>& ticks);

/// The colour of the index-th feature or series, the same in every figure: a variable of the page's style, which has
/// a value for light and one for dark; beyond the eighth, hues a golden angle apart that are legible on both.
std::string colour(std::size_t index);

}  // namespace apd::ext::svg

#ifndef APD_COMPILED
#include <apd/report/svg.ipp>
#endif
