#pragma once
// The scalars that tensors are stored in, and which numbers they can be read as.

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include <apd/core/requirements.hpp>

namespace apd {

/// The scalars that a tensor is stored in, in the order of the names F32, F64, BOOL, I32, I64, U8.
enum class tensor_dtype : std::uint8_t { f32, f64, boolean, i32, i64, u8 };

/// The C++ type of a `tensor_dtype`.
template <typename T>
concept tensor_scalar = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, bool> ||
    std::same_as<T, std::int32_t> || std::same_as<T, std::int64_t> || std::same_as<T, std::uint8_t>;

/// A number that tensors can be read as.
template <typename T>
concept tensor_number = std::is_arithmetic_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T>;

namespace detail {

struct dtype_traits {
    std::string_view name;
    std::size_t size;
};
inline constexpr std::array<dtype_traits, 6> dtype_table{
    {{"F32", 4}, {"F64", 8}, {"BOOL", 1}, {"I32", 4}, {"I64", 8}, {"U8", 1}}};

constexpr const dtype_traits& traits_of(tensor_dtype dtype) { return dtype_table[static_cast<std::size_t>(dtype)]; }

/// The dtype that a scalar is stored as.
template <tensor_scalar T>
inline constexpr tensor_dtype dtype_of = std::same_as<T, float>          ? tensor_dtype::f32
                                         : std::same_as<T, double>       ? tensor_dtype::f64
                                         : std::same_as<T, bool>         ? tensor_dtype::boolean
                                         : std::same_as<T, std::int32_t> ? tensor_dtype::i32
                                         : std::same_as<T, std::int64_t> ? tensor_dtype::i64
                                                                         : tensor_dtype::u8;

/// Floating point reads as floating point, integers as integers or floating point, BOOL as anything.
template <tensor_scalar Stored, tensor_number T>
inline constexpr bool same_kind = std::same_as<Stored, bool> || std::floating_point<T> ||
                                  (std::integral<Stored> && !std::same_as<T, bool>);

/// Whether T holds the value: exactly if it is a whole number, within the range if it is not.
template <tensor_number T, tensor_scalar Stored>
bool fits(Stored value) {
    if constexpr (std::same_as<T, Stored> || std::same_as<Stored, bool>) {
        return true;
    } else if constexpr (std::floating_point<Stored>) {
        using wide = std::common_type_t<T, Stored>;
        return !std::isfinite(value) ||
               std::abs(static_cast<wide>(value)) <= static_cast<wide>(std::numeric_limits<T>::max());
    } else if constexpr (std::floating_point<T>) {
        constexpr int digits = std::min(std::numeric_limits<T>::digits, 62);
        return std::int64_t{value} <= std::int64_t{1} << digits && std::int64_t{value} >= -(std::int64_t{1} << digits);
    } else {
        const std::int64_t whole = value;
        return (whole >= 0 || std::signed_integral<T>)&&static_cast<std::int64_t>(static_cast<T>(whole)) == whole;
    }
}

}  // namespace detail

/// The name of a dtype in files and messages, such as "F32".
constexpr std::string_view to_string(tensor_dtype dtype) { return detail::traits_of(dtype).name; }

}  // namespace apd
