#pragma once
// Bodies of what tensor_dtype.hpp declares.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <apd/core/annotations.hpp>
#include <apd/io/tensor_dtype.hpp>

namespace apd::ext {
namespace detail {

APD_INLINE float16::operator double() const {
    const int exponent = bits >> 10U & 31U;
    const double fraction = bits & 1023U;
    const double magnitude = exponent == 31  ? (fraction > 0 ? std::numeric_limits<double>::quiet_NaN()
                                                             : std::numeric_limits<double>::infinity())
                             : exponent == 0 ? std::ldexp(fraction, -24)
                                             : std::ldexp(1024 + fraction, exponent - 25);
    return (bits & 0x8000U) != 0 ? -magnitude : magnitude;
}

APD_INLINE void wide_numbers::assign(tensor_dtype dtype, std::span<const std::byte> bytes) {
    floating.clear(), whole.clear(), natural.clear();
    using enum tensor_dtype;
    switch (dtype) {
        case f32:
            return widen<float>(bytes, floating);
        case f64:
            return widen<double>(bytes, floating);
        case f16:
            return widen<float16>(bytes, floating);
        case bf16:
            return widen<bfloat16>(bytes, floating);
        case i8:
            return widen<std::int8_t>(bytes, whole);
        case i16:
            return widen<std::int16_t>(bytes, whole);
        case i32:
            return widen<std::int32_t>(bytes, whole);
        case i64:
            return widen<std::int64_t>(bytes, whole);
        case boolean:
            return widen<truth_byte>(bytes, natural);
        case u8:
            return widen<std::uint8_t>(bytes, natural);
        case u16:
            return widen<std::uint16_t>(bytes, natural);
        case u32:
            return widen<std::uint32_t>(bytes, natural);
        case u64:
            return widen<std::uint64_t>(bytes, natural);
        case other:
            return;
    }
}

}  // namespace detail

}  // namespace apd::ext
