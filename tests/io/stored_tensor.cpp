#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/io/stored_tensor.hpp>

using apd::ext::detail::stored_tensor;

namespace {

template <class Stored>
stored_tensor tensor(const std::string& dtype, const std::vector<Stored>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    return {dtype, {values.size()}, apd::ext::detail::stored_bytes(std::vector<std::byte>(bytes.begin(), bytes.end()))};
}
template <class T>
std::vector<T> read(const stored_tensor& from, std::size_t first, std::size_t count) {
    std::vector<T> values(count);
    from.read(first, std::span(values),
              [](const std::string& problem, std::string_view remedy) { throw apd::error("W", problem, remedy); });
    return values;
}

}  // namespace

TEST_CASE("every dtype of numbers is read as floating point and, if it is whole, as integers") {
    using numbers = std::vector<double>;
    CHECK(read<double>(tensor<std::uint16_t>("F16", {0x3E00, 0xC000}), 0, 2) == numbers{1.5, -2});
    CHECK(read<double>(tensor<std::uint16_t>("BF16", {0x3F80, 0xC040}), 0, 2) == numbers{1, -3});
    CHECK(read<double>(tensor<std::int8_t>("I8", {1, -2}), 0, 2) == numbers{1, -2});
    CHECK(read<double>(tensor<std::int16_t>("I16", {1, -2}), 0, 2) == numbers{1, -2});
    CHECK(read<double>(tensor<std::uint16_t>("U16", {1, 65535}), 0, 2) == numbers{1, 65535});
    CHECK(read<double>(tensor<std::uint32_t>("U32", {1, 4294967295U}), 0, 2) == numbers{1, 4294967295});
    CHECK(read<double>(tensor<std::uint64_t>("U64", {1, 2}), 1, 1) == numbers{2});
    CHECK(read<int>(tensor<std::int16_t>("I16", {1, -2}), 0, 2) == std::vector{1, -2});
    CHECK(read<std::uint64_t>(tensor<std::uint64_t>("U64", {~std::uint64_t{0}}), 0, 1).at(0) == ~std::uint64_t{0});
    CHECK_THROWS_WITH(read<int>(tensor<std::uint16_t>("F16", {0}), 0, 1),
                      "W: is stored as F16; read it as float or double");
    CHECK_THROWS_WITH(
        read<std::int64_t>(tensor<std::uint64_t>("U64", {~std::uint64_t{0}}), 0, 1),
        "W: holds 18446744073709551615, which the asked type can't; read it as the dtype it is stored in, "
        "U64");
}

TEST_CASE("of other dtypes the bytes are there, and reading numbers is an error that names it") {
    const stored_tensor small = tensor<std::uint8_t>("F8_E4M3", {0x38, 0x40});
    CHECK(small.bytes.all().at(1) == std::byte{0x40});
    CHECK_THROWS_WITH(read<float>(small, 0, 2),
                      "W: is stored as 'F8_E4M3'; save it as F32, or as integers where it holds these");
}

TEST_CASE("numbers in messages are short") {
    CHECK(apd::ext::detail::in_digits(1e300) == "1e+300");
    CHECK(apd::ext::detail::in_digits(0.1F) == "0.1");
    CHECK(apd::ext::detail::in_digits(-3) == "-3");
}

TEST_CASE("the bytes of a shape are known where the dtype is") {
    using apd::ext::detail::bytes_of;
    CHECK(bytes_of(3, "F16") == 6);
    CHECK(bytes_of(3, "C64") == 24);
    CHECK(bytes_of(4, "F4") == 2);
    CHECK(bytes_of(8, "F6_E2M3") == 6);
    CHECK_FALSE(bytes_of(3, "F4"));
    CHECK_FALSE(bytes_of(3, "F5_E3M1"));
    CHECK(bytes_of(0, "F32") == 0);
}
