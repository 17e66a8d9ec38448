#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>

#include <apd/io/tokens.hpp>

namespace {

std::vector<std::uint32_t> read(const apd::tokens& from, std::size_t begin, std::size_t count) {
    std::vector<std::uint32_t> numbers(count);
    from.read(begin, numbers);
    return numbers;
}
auto written(const scratch_folder& folder, const std::string& bytes) {
    const auto path = folder.path / "tokens.bin";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
}

}  // namespace

TEST_CASE("a file holds tokens of one, two or four bytes, the lowest first") {
    const scratch_folder folder;
    const auto file = written(folder, std::string("\x01\x02\xFF\x00\x03\x00\x00\x00", 8));
    const apd::tokens bytes(file), words(file, apd::token_type::u16), wide(file, apd::token_type::i32);
    CHECK(bytes.size() == 8);
    CHECK(read(bytes, 0, 4) == std::vector<std::uint32_t>{1, 2, 255, 0});
    CHECK(read(words, 0, 4) == std::vector<std::uint32_t>{513, 255, 3, 0});
    CHECK(read(wide, 1, 1) == std::vector<std::uint32_t>{3});
    CHECK(read(words.part(1, 2), 0, 2) == std::vector<std::uint32_t>{255, 3});
    CHECK(read(apd::tokens(std::vector<std::uint32_t>{7, 70'000, 9}), 1, 2) == std::vector<std::uint32_t>{70'000, 9});
}
TEST_CASE("what is no file of tokens is refused in a sentence") {
    using Catch::Matchers::Contains;
    const scratch_folder folder;
    CHECK_THROWS_WITH(apd::tokens(folder.path / "missing"), Contains("can't be read"));
    CHECK_THROWS_WITH(apd::tokens(written(folder, "")), Contains("is empty; give a file that has tokens"));
    CHECK_THROWS_WITH(apd::tokens(written(folder, "abc"), apd::token_type::u16),
                      Contains("has 3 bytes, no whole number of tokens of 2"));
    const apd::tokens negative(written(folder, "\xFF\xFF\xFF\xFF"), apd::token_type::i32);
    CHECK_THROWS_WITH(read(negative, 0, 1), Contains("token 0 is negative"));
    CHECK_THROWS_WITH(read(negative, 0, 2), Contains("there are 1"));
    CHECK_THROWS_WITH(negative.part(1, 1), Contains("ask for a part that is there"));
}
