#pragma once
// One tensor as it lies in memory or in a file.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/number_text.hpp>
#include <apd/io/matrix_order.hpp>
#include <apd/io/stored_bytes.hpp>
#include <apd/io/tensor_dtype.hpp>

namespace apd::ext::detail {

/// A name for a message: in quotes, on one line and not endless, whatever a file gives as a name.
std::string in_quotes(std::string_view name);

/// A shape for a message.
std::string in_brackets(std::span<const std::size_t> shape);

/// The number of elements of a shape. None if the memory could never be addressed; zeros do not excuse the other
/// extents, because strides are made from them.
std::optional<std::size_t> element_count(std::span<const std::size_t> shape);

/// The bytes of so many values of a dtype; none if nobody knows, or the last byte would be used in part.
std::optional<std::size_t> bytes_of(std::size_t count, std::string_view dtype);

/// What is converted at once: large tensors need no more memory than their numbers.
inline constexpr std::size_t numbers_at_once = 16'384;

struct stored_tensor {
    std::string dtype;  ///< its name, also where the library can't read it
    std::vector<std::size_t> shape;
    stored_bytes bytes;
    matrix_order order = matrix_order::in_out;  ///< of a matrix
    std::string name = {};                      ///< that the file has for it; empty if it is of no file

    std::size_t size() const { return *element_count(shape); }

    /// Copies the values from number `first` on, row-major. `refuse(problem, remedy)` throws what is wrong with them.
    template <tensor_number T>
    void read(std::size_t first, std::span<T> values, auto&& refuse) const {
        const tensor_dtype from = dtype_named(dtype);
        if (from == tensor_dtype::other)
            refuse("is stored as " + in_quotes(dtype), "save it as F32, or as integers where it holds these");
        const std::size_t size = *value_bits(dtype) / 8;
        if constexpr (tensor_scalar<T> && !std::same_as<T, bool>)
            if (from == dtype_of<T>) return bytes.read(first * size, std::as_writable_bytes(values));
        std::vector<std::byte> piece;
        wide_numbers numbers;
        for (std::size_t done = 0; done < values.size(); done += piece.size() / size) {
            piece.resize(size * std::min(values.size() - done, numbers_at_once));
            bytes.read((first + done) * size, piece);
            numbers.assign(from, piece);
            const auto to = values.subspan(done);
            if (std::integral<T> && !numbers.floating.empty())
                refuse("is stored as " + dtype, "read it as float or double");
            if (std::same_as<T, bool> && from != tensor_dtype::boolean)
                refuse("is stored as " + dtype, "read it as integers");
            if constexpr (std::floating_point<T>) narrow(numbers.floating, to, refuse);
            narrow(numbers.whole, to, refuse);
            narrow(numbers.natural, to, refuse);
        }
    }

  private:
    template <class Wide, class T>
    void narrow(const std::vector<Wide>& numbers, std::span<T> to, auto&& refuse) const {
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            if (!fits<T>(numbers[i]))
                refuse(
                    "holds " + in_digits(numbers[i]) + ", which " +
                        (std::floating_point<Wide> ? "is too large for float" : "the asked type can't"),
                    std::floating_point<Wide> ? "read it as double" : "read it as the dtype it is stored in, " + dtype);
            to[i] = static_cast<T>(numbers[i]);
        }
    }
};

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/io/stored_tensor.ipp>
#endif
