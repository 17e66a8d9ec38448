#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>

#include <apd/io/safetensors.hpp>

namespace {

// What numpy.save writes.
std::string npy(const std::string& descr, bool fortran, const std::string& shape, const std::string& data) {
    std::string header =
        "{'descr': " + descr + ", 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
    header.resize((10 + header.size() + 64) / 64 * 64 - 10, ' ');
    header.back() = '\n';
    std::string file("\x93NUMPY\1\0", 8);
    file += static_cast<char>(header.size() % 256);
    file += static_cast<char>(header.size() / 256);
    return file + header + data;
}
struct written {
    scratch_folder folder;
    apd::tensors load(const std::string& bytes) const {
        std::ofstream(folder.path / "pixels.npy", std::ios::binary) << bytes;
        return apd::load(folder.path / "pixels.npy");
    }
};
const std::string six("\0\1\2\3\4\5", 6);

}  // namespace

TEST_CASE("an array of NumPy is a tensor of the name of its file") {
    const written files;
    const auto bytes = files.load(npy("'|u1'", false, "(2, 3)", six));
    CHECK(bytes.names() == std::vector<std::string>{"pixels"});
    CHECK(bytes.shape("pixels") == std::vector<std::size_t>{2, 3});
    const auto numbers = bytes.get<float>("pixels");
    CHECK(std::vector<float>(numbers.begin(), numbers.end()) == std::vector<float>{0, 1, 2, 3, 4, 5});
    const auto words = files.load(npy("'<u2'", false, "(3,)", six)).get<std::uint32_t>("pixels");
    CHECK(std::vector<std::uint32_t>(words.begin(), words.end()) == std::vector<std::uint32_t>{256, 770, 1284});
    CHECK(files.load(npy("'<f4'", true, "()", std::string("\0\0\x80\x3f", 4))).get<float>("pixels")() == 1);
}
TEST_CASE("an array that can't be read is refused in a sentence") {
    using Catch::Matchers::Contains;
    const written files;
    CHECK_THROWS_WITH(files.load(npy("'>f4'", false, "(1,)", "abcd")), Contains("highest byte comes first"));
    CHECK_THROWS_WITH(files.load(npy("'<U4'", false, "(1,)", "abcd")), Contains("the array is of '<U4'"));
    CHECK_THROWS_WITH(files.load(npy("'|u1'", true, "(2, 3)", six)), Contains("order of Fortran"));
    CHECK_THROWS_WITH(files.load(npy("'|u1'", false, "(2, 4)", six)), Contains("is cut off"));
    CHECK_THROWS_WITH(files.load(npy("'|u1'", false, "(2, 2)", six)), Contains("more bytes than its shape needs"));
    CHECK_THROWS_WITH(files.load(npy("'|u1'", false, "(99999999999, 99999999999)", six)), Contains("more elements"));
    CHECK_THROWS_WITH(files.load(npy("'|u1'", false, "(99999999999999999999,)", six)), Contains("more elements"));
    CHECK_THROWS_WITH(files.load(npy("", false, "(6,)", six)), Contains("the array is of"));
    CHECK_THROWS_WITH(files.load(std::string("\x93NUMPY\1\0\xA\0{'descr':  ", 20)), Contains("the array is of ''"));
    CHECK_THROWS_WITH(files.load(std::string("\x93NUMPY\1\0", 8)), Contains("is cut off"));
    CHECK_THROWS_WITH(files.load(std::string("\x93NUMPY\1\0\xFF\xFFxx", 12)), Contains("is cut off"));
}
