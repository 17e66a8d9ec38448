#pragma once
// Bodies of what number_text.hpp declares.

#include <charconv>
#include <string>

#include <apd/core/annotations.hpp>
#include <apd/core/number_text.hpp>

namespace apd::ext {

APD_INLINE std::string number_text(double number, int digits) {
    char text[40];
    return {text, std::to_chars(text, text + sizeof text, number, std::chars_format::general, digits).ptr};
}

}  // namespace apd::ext
