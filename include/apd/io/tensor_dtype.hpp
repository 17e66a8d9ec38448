#pragma once
// The scalars that tensors are stored in, and which numbers they can be read as.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/core/requirements.hpp>

namespace apd::ext {

/// The scalars that a tensor is stored in and can be read from; `other` is every scalar whose bytes are kept alone.
enum class tensor_dtype : std::uint8_t { f32, f64, boolean, i32, i64, u8, f16, bf16, i8, i16, u16, u32, u64, other };

/// A C++ type that tensors are stored as.
template <typename T>
concept tensor_scalar = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, bool> ||
    std::same_as<T, std::int8_t> || std::same_as<T, std::int16_t> || std::same_as<T, std::int32_t> ||
    std::same_as<T, std::int64_t> || std::same_as<T, std::uint8_t> || std::same_as<T, std::uint16_t> ||
    std::same_as<T, std::uint32_t> || std::same_as<T, std::uint64_t>;

/// A number that tensors can be read as.
template <typename T>
concept tensor_number = std::is_arithmetic_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T>;

namespace detail {

/// Half precision (IEEE 754 binary16): 1 sign, 5 exponent and 10 fraction bits; every value is a float.
struct float16 {
    std::uint16_t bits;
    explicit operator double() const;
};
/// The upper half of a float.
struct bfloat16 {
    std::uint16_t bits;
    explicit operator double() const { return static_cast<double>(std::bit_cast<float>(std::uint32_t{bits} << 16U)); }
};
/// BOOL in a file: every byte but 0 is true, as the format's own reader has it.
struct truth_byte {
    std::uint8_t byte;
    explicit operator std::uint64_t() const { return byte != 0 ? 1 : 0; }
};

struct dtype_traits {
    std::string_view name;
    std::size_t bits;
};
/// The names of the format; those that can be read are first, in the order of `tensor_dtype`.
inline constexpr std::array<dtype_traits, 22> dtype_table{
    {{"F32", 32},        {"F64", 64},    {"BOOL", 8},    {"I32", 32},    {"I64", 64},    {"U8", 8},
     {"F16", 16},        {"BF16", 16},   {"I8", 8},      {"I16", 16},    {"U16", 16},    {"U32", 32},
     {"U64", 64},        {"C64", 64},    {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
     {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4}}};

/// The bits of one value; none for a name that is not the format's, as of a dtype that came after this was written.
constexpr std::optional<std::size_t> value_bits(std::string_view dtype) {
    const auto* const found = std::ranges::find(dtype_table, dtype, &dtype_traits::name);
    return found == dtype_table.end() ? std::nullopt : std::optional(found->bits);
}

/// What can be read of a dtype of that name.
constexpr tensor_dtype dtype_named(std::string_view name) {
    const auto* const found = std::ranges::find(dtype_table, name, &dtype_traits::name);
    return static_cast<tensor_dtype>(
        std::min<std::ptrdiff_t>(found - dtype_table.begin(), static_cast<std::ptrdiff_t>(tensor_dtype::other)));
}

/// The dtype that a scalar is stored as.
template <tensor_scalar T>
inline constexpr tensor_dtype dtype_of = [] {
    constexpr std::size_t size = std::bit_width(sizeof(T)) - 1;
    using enum tensor_dtype;
    if constexpr (std::same_as<T, bool>) return boolean;
    else if constexpr (std::floating_point<T>) return std::array{f32, f64}[size - 2];
    else if constexpr (std::signed_integral<T>) return std::array{i8, i16, i32, i64}[size];
    else return std::array{u8, u16, u32, u64}[size];
}();

/// Numbers of any dtype, as the widest of their kind.
struct wide_numbers {
    std::vector<double> floating;
    std::vector<std::int64_t> whole;
    std::vector<std::uint64_t> natural;  ///< BOOL too

    /// Takes those that `bytes` hold as a dtype, and lets the other two kinds be empty.
    void assign(tensor_dtype dtype, std::span<const std::byte> bytes);

  private:
    template <class Stored, class Wide>
    static void widen(std::span<const std::byte> bytes, std::vector<Wide>& numbers) {
        numbers.resize(bytes.size() / sizeof(Stored));
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            Stored stored;
            std::memcpy(&stored, bytes.data() + i * sizeof stored, sizeof stored);
            numbers[i] = static_cast<Wide>(stored);
        }
    }
};

/// Whether T holds the value: exactly if it is a whole number, within the range if it is not.
template <tensor_number T, class Stored>
bool fits(Stored value) {
    if constexpr (std::same_as<T, Stored>) {
        return true;
    } else if constexpr (std::floating_point<Stored>) {
        using wide = std::common_type_t<T, Stored>;
        return !std::isfinite(value) ||
               std::abs(static_cast<wide>(value)) <= static_cast<wide>(std::numeric_limits<T>::max());
    } else if constexpr (std::floating_point<T>) {
        constexpr std::int64_t exact = std::int64_t{1} << std::min(std::numeric_limits<T>::digits, 62);
        return std::cmp_less_equal(value, exact) && std::cmp_greater_equal(value, -exact);
    } else {
        const T held = static_cast<T>(value);
        return static_cast<Stored>(held) == value && (held < T{0}) == (value < Stored{0});
    }
}

}  // namespace detail

/// The name of a dtype in files and messages, such as "F32".
constexpr std::string_view to_string(tensor_dtype dtype) {
    return dtype == tensor_dtype::other ? "other" : detail::dtype_table[static_cast<std::size_t>(dtype)].name;
}

}  // namespace apd::ext

#ifndef APD_COMPILED
#include <apd/io/tensor_dtype.ipp>
#endif
