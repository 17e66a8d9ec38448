#include <array>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apd/io/atomic_file.hpp>

namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    return found.st_mode & 07777U;
}

auto files_in(const fs::path& folder) { return std::distance(fs::directory_iterator(folder), {}); }

/// Lets no file grow over a size, as a full disk would; restored at the end.
class file_size_limit {
  public:
    explicit file_size_limit(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limited{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limited);
    }
    file_size_limit(const file_size_limit&) = delete;
    file_size_limit& operator=(const file_size_limit&) = delete;
    ~file_size_limit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

  private:
    rlimit before_{};
    void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

}  // namespace

TEST_CASE("a file is written whole, with its missing folders, and replaced whole") {
    const scratch_folder scratch;
    const fs::path& folder = scratch.path;
    // [example atomic_file]
    apd::write_file_atomically(folder / "runs" / "report.html", "<p>old</p>");
    apd::write_file_atomically(folder / "runs" / "report.html", "<p>new</p>");
    const std::string text = apd::read_file(folder / "runs" / "report.html");  // "<p>new</p>"
    // [/example]
    CHECK(text == "<p>new</p>");
    CHECK(files_in(folder / "runs") == 1);
}

TEST_CASE("bytes of every value, and none, come back as written") {
    const scratch_folder scratch;
    std::vector<std::byte> all(256 * 1000);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::byte>(i % 256);
    apd::write_file_atomically(scratch.path / "all", all);
    const std::string read = apd::read_file(scratch.path / "all");
    REQUIRE(read.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(static_cast<unsigned char>(read[i]) == i % 256);
    apd::write_file_atomically(scratch.path / "none", "");
    CHECK(apd::read_file(scratch.path / "none").empty());
}

TEST_CASE("a file that does not tell its size is read to its end") {
    CHECK(apd::read_file("/proc/self/status").find("Threads:") != std::string::npos);
}

TEST_CASE("a relative name without a folder is written where the program runs") {
    const scratch_folder scratch;
    const fs::path before = fs::current_path();
    fs::current_path(scratch.path);
    apd::write_file_atomically("plain.txt", "here");
    fs::current_path(before);
    CHECK(apd::read_file(scratch.path / "plain.txt") == "here");
}

TEST_CASE("a link stays a link and its file gets the contents") {
    const scratch_folder scratch;
    apd::write_file_atomically(scratch.path / "file", "old");
    fs::create_symlink("file", scratch.path / "link");
    apd::write_file_atomically(scratch.path / "link", "new");
    CHECK(fs::is_symlink(scratch.path / "link"));
    CHECK(apd::read_file(scratch.path / "file") == "new");
}

TEST_CASE("a link to a file that is not there yet makes that file, through other links and folders") {
    const scratch_folder scratch;
    fs::create_symlink("runs/file", scratch.path / "link");
    fs::create_symlink(scratch.path / "link", scratch.path / "second");
    apd::write_file_atomically(scratch.path / "second", "new");
    CHECK(fs::is_symlink(scratch.path / "second"));
    CHECK(fs::is_symlink(scratch.path / "link"));
    CHECK(apd::read_file(scratch.path / "runs" / "file") == "new");
    CHECK(files_in(scratch.path / "runs") == 1);
}

TEST_CASE("a link that leads to itself is an error") {
    const scratch_folder scratch;
    const fs::path link = scratch.path / "link";
    fs::create_symlink("link", link);
    CHECK_THROWS_MATCHES(apd::write_file_atomically(link, "new"), apd::error,
                         Catch::Message(link.string() + ": is a link that leads to itself; remove it"));
    CHECK(fs::is_symlink(link));
}

TEST_CASE("a file that is replaced keeps its permissions, and a new one has those that files have") {
    const scratch_folder scratch;
    const fs::path path = scratch.path / "private";
    const mode_t before = ::umask(022);
    apd::write_file_atomically(path, "old");
    CHECK(mode_of(path) == 0644);
    for (const mode_t mode : {0600U, 0640U, 0777U, 0222U}) {
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        apd::write_file_atomically(path, "new");
        CHECK(mode_of(path) == mode);
    }
    ::umask(before);
}

TEST_CASE("a file that is replaced keeps its owner and group where the system allows it") {
    const scratch_folder scratch;
    const fs::path path = scratch.path / "theirs";
    apd::write_file_atomically(path, "old");
    if (::chown(path.c_str(), 12345, 23456) != 0) {
        WARN("only root gives files away: not tested");
        return;
    }
    apd::write_file_atomically(path, "new");
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK(found.st_uid == 12345);
    CHECK(found.st_gid == 23456);
    CHECK(apd::read_file(path) == "new");
}

TEST_CASE("a write-protected file is not replaced, not even by root") {
    const scratch_folder scratch;
    const fs::path path = scratch.path / "kept";
    apd::write_file_atomically(path, "old");
    REQUIRE(::chmod(path.c_str(), 0444) == 0);
    const auto refused = Catch::Message(path.string() +
                                        ": is write-protected; give it back its permission to be "
                                        "written, or another name");
    CHECK_THROWS_MATCHES(apd::write_file_atomically(path, "new"), apd::error, refused);
    CHECK(apd::read_file(path) == "old");
    if (::geteuid() == 0) {  // a file of someone else's, in a folder that all may write
        REQUIRE(::chmod(path.c_str(), 0644) == 0);
        REQUIRE(::chmod(scratch.path.c_str(), 0777) == 0);
        REQUIRE(::seteuid(65534) == 0);
        CHECK_THROWS_MATCHES(apd::write_file_atomically(path, "new"), apd::error, refused);
        REQUIRE(::seteuid(0) == 0);
        CHECK(apd::read_file(path) == "old");
    }
}

TEST_CASE("another hard link keeps the old contents") {
    const scratch_folder scratch;
    apd::write_file_atomically(scratch.path / "a", "old");
    fs::create_hard_link(scratch.path / "a", scratch.path / "b");
    apd::write_file_atomically(scratch.path / "a", "new");
    CHECK(apd::read_file(scratch.path / "a") == "new");
    CHECK(apd::read_file(scratch.path / "b") == "old");
}

TEST_CASE("a name as long as names may be is written") {
    const scratch_folder scratch;
    const fs::path path = scratch.path / std::string(255, 'x');
    apd::write_file_atomically(path, "long");
    CHECK(apd::read_file(path) == "long");
}

TEST_CASE("writers of one file leave one of their texts, whole") {
    const scratch_folder scratch;
    const fs::path path = scratch.path / "shared";
    std::vector<std::thread> writers;
    for (const char letter : {'a', 'b', 'c', 'd'}) {
        writers.emplace_back([&path, letter] {
            for (int i = 0; i < 10; ++i) apd::write_file_atomically(path, std::string(5000, letter));
        });
    }
    for (auto& writer : writers) writer.join();
    const std::string text = apd::read_file(path);
    CHECK(text == std::string(5000, text.at(0)));
    CHECK(files_in(scratch.path) == 1);
}

TEST_CASE("a full disk leaves the old file and no other") {
    const scratch_folder scratch;
    const fs::path path = scratch.path / "report.html";
    apd::write_file_atomically(path, "old");
    {
        const file_size_limit full(1000);
        CHECK_THROWS_MATCHES(apd::write_file_atomically(path, std::string(5000, 'x')), apd::error,
                             Catch::Message(path.string() + ": can't be written (File too large); choose a folder that "
                                                            "can be written and has room"));
    }
    CHECK(apd::read_file(path) == "old");
    CHECK(files_in(scratch.path) == 1);
}

TEST_CASE("a folder that can't be made is an error with the system's reason") {
    const scratch_folder scratch;
    apd::write_file_atomically(scratch.path / "file", "old");
    const fs::path below = scratch.path / "file" / "report.html";
    CHECK_THROWS_MATCHES(apd::write_file_atomically(below, "new"), apd::error,
                         Catch::Message(below.string() + ": the folder can't be made (Not a directory); choose a "
                                                         "folder that can be written"));
    CHECK_THROWS_MATCHES(apd::write_file_atomically("/proc/apd/report.html", "new"), apd::error,
                         Catch::Message("/proc/apd/report.html: the folder can't be made (No such file or directory); "
                                        "choose a folder that can be written"));
    CHECK(apd::read_file(scratch.path / "file") == "old");
}

TEST_CASE("a folder that takes no files is an error with the system's reason") {
    CHECK_THROWS_MATCHES(apd::write_file_atomically("/proc/report.html", "new"), apd::error,
                         Catch::Message("/proc/report.html: can't be written (No such file or directory); choose a "
                                        "folder that can be written and has room"));
}

TEST_CASE("folders, devices and nothing are no names of a file to write") {
    const scratch_folder scratch;
    for (const fs::path& path : {scratch.path, scratch.path / "new" / "", fs::path("/dev/full"), fs::path()}) {
        CHECK_THROWS_MATCHES(apd::write_file_atomically(path, "new"), apd::error,
                             Catch::Message(path.string() + ": is not the name of a file; give a file, not a folder or "
                                                            "a device"));
    }
    CHECK(fs::is_character_file("/dev/full"));
    CHECK(files_in(scratch.path) == 0);
}

TEST_CASE("a missing file is an error with the system's reason") {
    const scratch_folder scratch;
    const fs::path path = scratch.path / "absent";
    CHECK_THROWS_MATCHES(apd::read_file(path), apd::error,
                         Catch::Message(path.string() + ": can't be read (No such file or directory); check the name "
                                                        "and the permissions"));
}

TEST_CASE("an unreadable file is an error with the system's reason") {
    CHECK_THROWS_MATCHES(apd::read_file("/proc/self/mem"), apd::error,
                         Catch::Message("/proc/self/mem: can't be read (Input/output error); check the name and the "
                                        "permissions"));
}

TEST_CASE("folders and devices are not read") {
    const scratch_folder scratch;
    for (const fs::path& path : {scratch.path, fs::path("/dev/zero")}) {
        CHECK_THROWS_MATCHES(apd::read_file(path), apd::error,
                             Catch::Message(path.string() + ": is not a file; give a file, not a folder or a device"));
    }
}
