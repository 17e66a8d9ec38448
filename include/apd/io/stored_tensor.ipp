#pragma once
// Bodies of what stored_tensor.hpp declares.

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <apd/core/annotations.hpp>
#include <apd/io/stored_bytes.hpp>
#include <apd/io/stored_tensor.hpp>
#include <apd/io/tensor_dtype.hpp>

namespace apd::ext::detail {

APD_INLINE std::string in_quotes(std::string_view name) {
    std::size_t length = std::min<std::size_t>(name.size(), 80);
    const auto inside_character = [&](std::size_t i) { return (static_cast<unsigned char>(name[i]) & 0xC0U) == 0x80U; };
    while (length > 0 && length < name.size() && inside_character(length)) --length;
    std::string text(name.substr(0, length));
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; }, '?');
    return "'" + text + (length < name.size() ? "…'" : "'");
}

APD_INLINE std::string in_brackets(std::span<const std::size_t> shape) {
    std::string text = "[";
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        text.append(axis == 0 ? "" : ", ").append(std::to_string(shape[axis]));
    return text + "]";
}

APD_INLINE std::optional<std::size_t> element_count(std::span<const std::size_t> shape) {
    std::size_t room = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(double);
    std::size_t count = 1;
    for (const std::size_t extent : shape) {
        if (extent > room) return std::nullopt;
        if (extent > 0) room /= extent;
        count *= extent;
    }
    return count;
}

APD_INLINE std::optional<std::size_t> bytes_of(std::size_t count, std::string_view dtype) {
    const auto bits = value_bits(dtype);
    if (!bits || count % 8 * *bits % 8 != 0) return std::nullopt;
    return count / 8 * *bits + count % 8 * *bits / 8;
}

}  // namespace apd::ext::detail
