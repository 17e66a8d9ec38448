#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <sys/stat.h>

#include <apd/io/stored_bytes.hpp>

using apd::ext::detail::stored_bytes;

namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
    std::vector<std::byte> bytes;
    for (const char letter : text) bytes.push_back(static_cast<std::byte>(letter));
    return bytes;
}

}  // namespace

TEST_CASE("bytes of a file and of memory are the same to those who read them") {
    const scratch_folder scratch;
    apd::write_file_atomically(scratch.path / "file", "0123456789");
    for (const stored_bytes& bytes : {stored_bytes(scratch.path / "file"), stored_bytes(bytes_of("0123456789"))}) {
        CHECK(bytes.size() == 10);
        CHECK(bytes.all() == bytes_of("0123456789"));
        CHECK(bytes.text(8, 100) == "89");
        const stored_bytes part = bytes.part(2, 6).part(1, 4);
        CHECK(part.size() == 4);
        CHECK(part.all() == bytes_of("3456"));
        CHECK(part.text(1, 2) == "45");
        std::vector<std::byte> two(2);
        part.read(2, two);
        CHECK(two == bytes_of("56"));
        CHECK(bytes.part(10, 0).all().empty());
    }
    CHECK(stored_bytes().size() == 0);
}

TEST_CASE("a file that is replaced stays what it was") {
    const scratch_folder scratch;
    apd::write_file_atomically(scratch.path / "file", "old");
    const stored_bytes bytes(scratch.path / "file");
    apd::write_file_atomically(scratch.path / "file", "new and longer");
    CHECK(bytes.all() == bytes_of("old"));
    std::filesystem::remove(scratch.path / "file");
    CHECK(bytes.all() == bytes_of("old"));
}

TEST_CASE("a file that becomes shorter while it is open is an error") {
    const scratch_folder scratch;
    const auto path = scratch.path / "file";
    apd::write_file_atomically(path, std::string(10'000, 'x'));
    const stored_bytes bytes(path);
    std::filesystem::resize_file(path, 5'000);
    CHECK(bytes.part(0, 5'000).all().size() == 5'000);
    CHECK_THROWS_MATCHES(bytes.all(), apd::error,
                         Catch::Message(path.string() + ": has become shorter since it was opened; load it when it is "
                                                        "no longer written"));
}

TEST_CASE("what is no file to read is an error, and nothing waits for it") {
    const scratch_folder scratch;
    REQUIRE(::mkfifo((scratch.path / "pipe").c_str(), 0600) == 0);
    for (const auto& path : {scratch.path, scratch.path / "pipe", std::filesystem::path("/dev/zero")})
        CHECK_THROWS_MATCHES(stored_bytes(path), apd::error,
                             Catch::Message(path.string() + ": is not a file; give a file, not a folder or a device"));
    CHECK_THROWS_MATCHES(stored_bytes(scratch.path / "absent"), apd::error,
                         Catch::Message((scratch.path / "absent").string() +
                                        ": can't be read (No such file or directory); check the name and the "
                                        "permissions"));
}
