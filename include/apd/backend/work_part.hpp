#pragma once
// How a statement is dealt to threads.

#include <cstddef>

namespace apd::ext::detail {

/// The part of a statement that one of several threads computes. Parts cut targets apart, never a sum.
struct work_part {
    std::size_t index = 0, count = 1;
    struct range {
        std::size_t begin, end;
    };
    /// Of `size` things, in units of `multiple`.
    constexpr range of(std::size_t size, std::size_t multiple = 1) const {
        const std::size_t units = (size + multiple - 1) / multiple;
        const auto edge = [&](std::size_t i) {
            const std::size_t at = units * i / count * multiple;
            return at < size ? at : size;
        };
        return {edge(index), edge(index + 1)};
    }
    /// A part of this part.
    constexpr work_part part(std::size_t number, std::size_t parts) const {
        return {index * parts + number, count * parts};
    }
};

}  // namespace apd::ext::detail
