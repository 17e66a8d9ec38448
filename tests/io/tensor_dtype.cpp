#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/io/tensor_dtype.hpp>

TEST_CASE("dtypes have the names of the format") {
    using enum apd::ext::tensor_dtype;
    CHECK(to_string(f32) == "F32");
    CHECK(to_string(f64) == "F64");
    CHECK(to_string(boolean) == "BOOL");
    CHECK(to_string(i32) == "I32");
    CHECK(to_string(i64) == "I64");
    CHECK(to_string(u8) == "U8");
    CHECK(to_string(f16) == "F16");
    CHECK(to_string(bf16) == "BF16");
    CHECK(to_string(i8) == "I8");
    CHECK(to_string(i16) == "I16");
    CHECK(to_string(u16) == "U16");
    CHECK(to_string(u32) == "U32");
    CHECK(to_string(u64) == "U64");
    for (const auto dtype : {f32, f64, boolean, i32, i64, u8, f16, bf16, i8, i16, u16, u32, u64})
        CHECK(apd::ext::detail::dtype_named(to_string(dtype)) == dtype);
    for (const char* name : {"C64", "F8_E4M3", "F4", "f32", ""}) CHECK(apd::ext::detail::dtype_named(name) == other);
}

TEST_CASE("scalars are stored as the dtype of their name") {
    using enum apd::ext::tensor_dtype;
    using apd::ext::detail::dtype_of;
    STATIC_REQUIRE(dtype_of<float> == f32);
    STATIC_REQUIRE(dtype_of<double> == f64);
    STATIC_REQUIRE(dtype_of<bool> == boolean);
    STATIC_REQUIRE(dtype_of<std::int8_t> == i8);
    STATIC_REQUIRE(dtype_of<std::int16_t> == i16);
    STATIC_REQUIRE(dtype_of<std::int32_t> == i32);
    STATIC_REQUIRE(dtype_of<std::int64_t> == i64);
    STATIC_REQUIRE(dtype_of<std::uint8_t> == u8);
    STATIC_REQUIRE(dtype_of<std::uint16_t> == u16);
    STATIC_REQUIRE(dtype_of<std::uint32_t> == u32);
    STATIC_REQUIRE(dtype_of<std::uint64_t> == u64);
}

TEST_CASE("every half widens to the float of the same value") {
    const auto half = [](unsigned bits) {
        return static_cast<double>(apd::ext::detail::float16{static_cast<std::uint16_t>(bits)});
    };
    CHECK(half(0x3C00) == 1);
    CHECK(half(0xC000) == -2);
    CHECK(half(0x3555) == 0.333251953125F);
    CHECK(half(0x7BFF) == 65504);         // the largest
    CHECK(half(0x0400) == 0x1p-14F);      // the least of full precision
    CHECK(half(0x03FF) == 0x1.FF8p-15F);  // the largest below it
    CHECK(half(0x0001) == 0x1p-24F);      // the least
    CHECK((half(0x8000) == 0 && std::signbit(half(0x8000))));
    CHECK(half(0xFC00) == -std::numeric_limits<double>::infinity());
    CHECK(std::isnan(half(0x7E00)));
    // Values grow with their bits, by the distance that the exponent says.
    for (unsigned bits = 0; bits < 0x7BFF; ++bits)
        REQUIRE(half(bits + 1) - half(bits) == std::ldexp(1.0, static_cast<int>(std::max(bits >> 10U, 1U)) - 25));
}

TEST_CASE("the upper half of a float widens to the float") {
    for (const float value : {1.0F, -2.0F, 0x1.FEp127F, 0x1p-126F, -0x1p-133F, 0.0F}) {
        const auto bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U);
        CHECK(static_cast<double>(apd::ext::detail::bfloat16{bits}) == value);
    }
    CHECK(std::isnan(static_cast<double>(apd::ext::detail::bfloat16{0x7FC0})));
}

TEST_CASE("numbers of a dtype widen to the widest of their kind") {
    const std::array bytes{std::byte{0}, std::byte{0xFE}, std::byte{0xFF}, std::byte{0x3F}};
    apd::ext::detail::wide_numbers numbers;
    numbers.assign(apd::ext::tensor_dtype::i16, bytes);
    CHECK(numbers.whole == std::vector<std::int64_t>{-512, 16383});
    CHECK(numbers.natural.empty());
    numbers.assign(apd::ext::tensor_dtype::u16, bytes);
    CHECK(numbers.natural == std::vector<std::uint64_t>{0xFE00, 0x3FFF});
    CHECK(numbers.whole.empty());
    numbers.assign(apd::ext::tensor_dtype::boolean, bytes);
    CHECK(numbers.natural == std::vector<std::uint64_t>{0, 1, 1, 1});
    numbers.assign(apd::ext::tensor_dtype::i8, bytes);
    CHECK(numbers.whole == std::vector<std::int64_t>{0, -2, -1, 63});
    numbers.assign(apd::ext::tensor_dtype::bf16, bytes);
    CHECK(numbers.floating == std::vector{-0x1p125, 0x1.FEp0});
    numbers.assign(apd::ext::tensor_dtype::other, bytes);
    CHECK((numbers.floating.empty() && numbers.whole.empty() && numbers.natural.empty()));
}

TEST_CASE("whole numbers fit where they keep their value") {
    using apd::ext::detail::fits;
    CHECK(fits<std::uint8_t>(std::int32_t{255}));
    CHECK_FALSE(fits<std::uint8_t>(std::int32_t{256}));
    CHECK_FALSE(fits<std::uint64_t>(std::int32_t{-1}));
    CHECK(fits<std::int32_t>(std::int64_t{-2147483648}));
    CHECK_FALSE(fits<std::int32_t>(std::int64_t{2147483648}));
    CHECK(fits<float>(std::int32_t{-(1 << 24)}));
    CHECK_FALSE(fits<float>(std::int32_t{(1 << 24) + 1}));
    CHECK_FALSE(fits<double>(std::numeric_limits<std::int64_t>::min()));
    CHECK(fits<std::uint64_t>(std::numeric_limits<std::uint64_t>::max()));
    CHECK_FALSE(fits<std::int64_t>(std::numeric_limits<std::uint64_t>::max()));
    CHECK_FALSE(fits<double>(std::numeric_limits<std::uint64_t>::max()));
    CHECK_FALSE(fits<std::uint16_t>(std::int8_t{-1}));
    CHECK(fits<char>(std::uint16_t{'x'}));
}

TEST_CASE("floating point fits within the range, as do infinities and NaN") {
    using apd::ext::detail::fits;
    CHECK(fits<float>(0.1));
    CHECK(fits<float>(-3e38));
    CHECK_FALSE(fits<float>(-1e39));
    CHECK(fits<float>(std::numeric_limits<double>::infinity()));
    CHECK(fits<float>(std::numeric_limits<double>::quiet_NaN()));
    CHECK(fits<double>(std::numeric_limits<float>::max()));
}
