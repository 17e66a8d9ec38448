#pragma once
// Whole files in, whole files out: a reader finds the old contents or the new ones, never a part.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

#include <apd/core/error.hpp>

namespace apd::ext {

/// Writes a file whole or not at all.
///
/// Missing parent folders are made; the contents go to a temporary name beside the file, reach the disk, and then take
/// the file's name. A link is followed, also to a file that is not there yet. A file that is replaced keeps its
/// permissions, and its owner and group as far as the system lets us give files away; other hard links to it keep the
/// old contents, and access control lists and extended attributes are not carried over.
/// Errors: `apd::error` with the system's reason if any step fails, or if the file may not be written; the old file
/// stays and the temporary one goes.
///
///     apd::write_file_atomically(folder / "runs" / "report.html", "<p>old</p>");
///     apd::write_file_atomically(folder / "runs" / "report.html", "<p>new</p>");
///     apd::read_file(folder / "runs" / "report.html");  // "<p>new</p>"
void write_file_atomically(const std::filesystem::path& path, std::string_view contents);
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> contents);

namespace detail {
/// What takes the bytes of a file that is written; false, and the reason in errno, if it can't.
using byte_sink = std::function<bool(std::span<const std::byte>)>;
/// The same, of contents that write(sink) gives piece by piece, until the sink takes no more.
void write_file_atomically(const std::filesystem::path& path, const std::function<bool(const byte_sink&)>& write);
}  // namespace detail

/// The bytes of a file.
///
/// Errors: `apd::error` with the system's reason if it is missing, can't be read, or is a folder or a device.
std::string read_file(const std::filesystem::path& path);

namespace detail {

/// The file that a chain of links ends at, whether it is there or not; else the path itself. Errors: `apd::error` if
/// the chain has no end.
std::filesystem::path linked_file(std::filesystem::path path);
/// What the system says of the file that one of this name replaces, if there is one; of no link. Errors: `apd::error`
/// if it may not be replaced: a folder, a device, a file that is write-protected.
std::optional<struct stat> replaced_file(const std::filesystem::path& target);

/// Errors: `apd::error` at `where` if a path ends with a folder, or is empty.
void check_file_name(std::string_view where, const std::filesystem::path& path, std::string_view remedy);

/// An open file of the system, closed on every way out.
class file_descriptor {
  public:
    /// mode: the permissions of a file that is made, less those that the process takes away from every file.
    file_descriptor(const std::filesystem::path& path, int flags, mode_t mode = 0666)
        : value_(::open(path.c_str(), flags, mode)) {}
    file_descriptor(const file_descriptor&) = delete;
    file_descriptor& operator=(const file_descriptor&) = delete;
    ~file_descriptor() { close(); }

    explicit operator bool() const { return value_ >= 0; }
    int get() const { return value_; }

    /// Whether the system took the file without complaint: some file systems report a failed write only here.
    bool close();

  private:
    int value_;
};

}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::write_file_atomically, ext::read_file;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/io/atomic_file.ipp>
#endif
