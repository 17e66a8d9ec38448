#include <cstdint>
#include <limits>

#include <catch2/catch.hpp>

#include <apd/io/tensor_dtype.hpp>

TEST_CASE("dtypes have the names of the format") {
    using enum apd::tensor_dtype;
    CHECK(to_string(f32) == "F32");
    CHECK(to_string(f64) == "F64");
    CHECK(to_string(boolean) == "BOOL");
    CHECK(to_string(i32) == "I32");
    CHECK(to_string(i64) == "I64");
    CHECK(to_string(u8) == "U8");
}

TEST_CASE("a number is of the kind of another if no value turns into something else") {
    using apd::detail::same_kind;
    STATIC_REQUIRE(same_kind<float, double>);
    STATIC_REQUIRE(same_kind<double, float>);
    STATIC_REQUIRE(same_kind<bool, double>);
    STATIC_REQUIRE(same_kind<std::int64_t, unsigned>);
    STATIC_REQUIRE(same_kind<std::uint8_t, float>);
    STATIC_REQUIRE_FALSE(same_kind<double, int>);
    STATIC_REQUIRE_FALSE(same_kind<float, bool>);
    STATIC_REQUIRE_FALSE(same_kind<std::uint8_t, bool>);
}

TEST_CASE("whole numbers fit where they keep their value") {
    using apd::detail::fits;
    CHECK(fits<std::uint8_t>(std::int32_t{255}));
    CHECK_FALSE(fits<std::uint8_t>(std::int32_t{256}));
    CHECK_FALSE(fits<std::uint64_t>(std::int32_t{-1}));
    CHECK(fits<std::int32_t>(std::int64_t{-2147483648}));
    CHECK_FALSE(fits<std::int32_t>(std::int64_t{2147483648}));
    CHECK(fits<float>(std::int32_t{-(1 << 24)}));
    CHECK_FALSE(fits<float>(std::int32_t{(1 << 24) + 1}));
    CHECK_FALSE(fits<double>(std::numeric_limits<std::int64_t>::min()));
}

TEST_CASE("floating point fits within the range, as do infinities and NaN") {
    using apd::detail::fits;
    CHECK(fits<float>(0.1));
    CHECK(fits<float>(-3e38));
    CHECK_FALSE(fits<float>(-1e39));
    CHECK(fits<float>(std::numeric_limits<double>::infinity()));
    CHECK(fits<float>(std::numeric_limits<double>::quiet_NaN()));
    CHECK(fits<double>(std::numeric_limits<float>::max()));
}
