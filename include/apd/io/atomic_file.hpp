#pragma once
// Whole files in, whole files out: a reader finds the old contents or the new ones, never a part.

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <apd/core/error.hpp>

namespace apd {

/// Writes a file whole or not at all.
///
/// Missing parent folders are made; the contents go to a temporary name beside the file, reach the disk, and then take
/// the file's name. A link is followed.
/// Errors: `apd::error` with the system's reason if any step fails; the old file stays and the temporary one goes.
///
///     apd::write_file_atomically(folder / "runs" / "report.html", "<p>old</p>");
///     apd::write_file_atomically(folder / "runs" / "report.html", "<p>new</p>");
///     apd::read_file(folder / "runs" / "report.html");  // "<p>new</p>"
void write_file_atomically(const std::filesystem::path& path, std::string_view contents);
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> contents);

/// The bytes of a file.
///
/// Errors: `apd::error` with the system's reason if it is missing, can't be read, or is a folder or a device.
std::string read_file(const std::filesystem::path& path);

namespace detail {

/// An open file of the system, closed on every way out.
class file_descriptor {
  public:
    file_descriptor(const std::filesystem::path& path, int flags) : value_(::open(path.c_str(), flags, 0666)) {}
    file_descriptor(const file_descriptor&) = delete;
    file_descriptor& operator=(const file_descriptor&) = delete;
    ~file_descriptor() { close(); }

    explicit operator bool() const { return value_ >= 0; }
    int get() const { return value_; }

    /// Whether the system took the file without complaint: some file systems report a failed write only here.
    bool close() {
        const int closing = value_;
        value_ = -1;
        return closing < 0 || ::close(closing) == 0;
    }

  private:
    int value_;
};

/// Writes all bytes to a new file and waits for the disk; false leaves the reason in errno.
inline bool write_new_file(const std::filesystem::path& path, std::string_view contents) {
    file_descriptor file(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
    if (!file) return false;
    while (!contents.empty()) {
        const auto count = ::write(file.get(), contents.data(), contents.size());
        if (count > 0) contents.remove_prefix(static_cast<std::size_t>(count));
        else if (count == 0 || errno != EINTR) return false;
    }
    return ::fsync(file.get()) == 0 && file.close();
}

/// A name beside the target that no other thread or process of this machine takes.
inline std::filesystem::path temporary_name(std::filesystem::path target) {
    static std::atomic<unsigned> counter{0};
    return target += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

}  // namespace detail

inline void write_file_atomically(const std::filesystem::path& path, std::string_view contents) {
    namespace fs = std::filesystem;
    std::error_code failure;
    const fs::path target = fs::is_symlink(path, failure) ? fs::weakly_canonical(path, failure) : path;
    const fs::file_status status = fs::status(target, failure);
    if (!target.has_filename() || (fs::exists(status) && !fs::is_regular_file(status))) {
        throw error(path.string(), "is not the name of a file", "give a file, not a folder or a device");
    }
    if (target.has_parent_path() && (fs::create_directories(target.parent_path(), failure), failure)) {
        throw error(path.string(), "the folder can't be made (" + failure.message() + ")",
                    "choose a folder that can be written");
    }
    fs::path temporary = detail::temporary_name(target);
    bool written = detail::write_new_file(temporary, contents);
    while (!written && errno == EEXIST) {  // left by a process that died and had our number
        temporary = detail::temporary_name(target);
        written = detail::write_new_file(temporary, contents);
    }
    if (!written || std::rename(temporary.c_str(), target.c_str()) != 0) {
        const int reason = errno;
        ::unlink(temporary.c_str());
        throw error(path.string(), "can't be written (" + std::generic_category().message(reason) + ")",
                    "choose a folder that can be written and has room");
    }
}

inline void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> contents) {
    write_file_atomically(path, {reinterpret_cast<const char*>(contents.data()), contents.size()});
}

inline std::string read_file(const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        throw error(path.string(), "is not a file", "give a file, not a folder or a device");
    }
    const detail::file_descriptor file(path, O_RDONLY | O_CLOEXEC);
    const std::uintmax_t size = file ? fs::file_size(path, failure) : 0;
    std::string contents(failure ? 1 : static_cast<std::size_t>(size) + 1, '\0');  // one more: the end shows itself
    std::size_t filled = 0;
    for (auto count = file ? ssize_t{1} : ssize_t{-1}; count != 0;) {
        if (file) count = ::read(file.get(), contents.data() + filled, contents.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            throw error(path.string(), "can't be read (" + std::generic_category().message(errno) + ")",
                        "check the name and the permissions");
        }
        filled += static_cast<std::size_t>(count);
        if (filled == contents.size()) contents.resize(2 * filled);  // files of /proc do not tell their size
    }
    contents.resize(filled);
    return contents;
}

}  // namespace apd
