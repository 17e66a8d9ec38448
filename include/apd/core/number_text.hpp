#pragma once
// Numbers as text, in whatever language the program speaks.

#include <charconv>
#include <string>

namespace apd::ext {

/// A number with so many digits that matter at most, as printf's %g in the C locale: a point whatever the locale says.
///
/// Example: `number_text(0.211)` is "0.211", `number_text(1e300)` is "1e+300".
std::string number_text(double number, int digits = 6);

namespace detail {
/// A number as short as it can be written and read back, whatever the locale.
template <class Number>
std::string in_digits(Number number) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}
}  // namespace detail

}  // namespace apd::ext

#ifndef APD_COMPILED
#include <apd/core/number_text.ipp>
#endif
