#pragma once
// Files of lines that any number of processes append to at once, and that killed ones leave behind.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>

namespace apd::detail {

/// A file of lines, for this process and thread alone as long as the object lives; others wait.
///
/// All writers take the file's lock (`flock`, which network file systems share among machines: NFS 4, or 3 with its
/// lock daemon, Lustre mounted with `flock`) and write whole lines behind its end. So a line without an end is what a
/// writer that died or a full disk has left of one, and is cut off. Other files are left alone: those that don't begin
/// with `begins`.
///
/// Errors: `apd::error` with the system's reason if the file can't be opened, locked, read or written, or begins
/// otherwise.
///
///     apd::detail::locked_lines("log.jsonl", "{").append("{\"step\":1}\n");
class locked_lines {
  public:
    locked_lines(const std::filesystem::path& path, std::string_view begins)
        : path_(path.string()), file_(made_room_for(path), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC) {
        struct stat found {};
        if (!file_ || ::fstat(file_.get(), &found) != 0) fail("can't be opened");
        if (!S_ISREG(found.st_mode))
            throw error(path_, "is not the name of a file", "give a file, not a folder or a device");
        while (::flock(file_.get(), LOCK_EX) != 0)
            if (errno != EINTR) fail("can't be locked against other processes");
        const std::string start = read(0, begins.size());
        if (start != begins.substr(0, start.size()))
            throw error(path_, "does not begin with '" + std::string(begins.substr(0, begins.find('\n'))) + "'",
                        "give the name of a new file, as this one is of something else");
        cut_torn_line();
    }
    locked_lines(const locked_lines&) = delete;
    locked_lines& operator=(const locked_lines&) = delete;

    std::size_t size() const { return static_cast<std::size_t>(::lseek(file_.get(), 0, SEEK_END)); }
    /// The lines behind the first `offset` bytes.
    std::string from(std::size_t offset) const { return read(offset, size() - std::min(offset, size())); }
    /// Behind the last line: all of them, or none and an error.
    void append(std::string_view lines) {
        const auto before = static_cast<off_t>(size());
        while (!lines.empty()) {
            const auto count = ::write(file_.get(), lines.data(), lines.size());
            if (count >= 0) lines.remove_prefix(static_cast<std::size_t>(count));
            else if (errno != EINTR) {
                const int reason = errno;
                [[maybe_unused]] const int cut = ::ftruncate(file_.get(), before);  // else whoever comes next cuts
                errno = reason;
                fail("can't be written");
            }
        }
    }

  private:
    static const std::filesystem::path& made_room_for(const std::filesystem::path& path) {
        std::error_code failure;
        if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failure);
        return path;  // what failed is found when the file is opened
    }
    [[noreturn]] void fail(std::string_view what) const {
        throw error(path_, std::string(what) + " (" + std::generic_category().message(errno) + ")",
                    "choose a folder that can be written, has room, and whose file system has locks");
    }
    std::string read(std::size_t offset, std::size_t count) const {
        std::string text(count, '\0');
        std::size_t filled = 0;
        while (filled < count) {
            const auto got =
                ::pread(file_.get(), text.data() + filled, count - filled, static_cast<off_t>(offset + filled));
            if (got < 0 && errno != EINTR) fail("can't be read");
            if (got == 0) break;
            if (got > 0) filled += static_cast<std::size_t>(got);
        }
        text.resize(filled);
        return text;
    }
    // Looks for the last line's end, backwards.
    void cut_torn_line() {
        constexpr std::size_t part = 4096;
        const std::size_t whole = size();
        for (std::size_t end = whole; end > 0;) {
            const std::size_t begin = end - std::min(end, part);
            const auto found = read(begin, end - begin).rfind('\n');
            end = begin;
            if (found != std::string::npos) return cut(begin + found + 1, whole);
        }
        cut(0, whole);
    }
    void cut(std::size_t to, std::size_t whole) {
        if (to != whole && ::ftruncate(file_.get(), static_cast<off_t>(to)) != 0) fail("can't be mended");
    }

    std::string path_;
    file_descriptor file_;
};

}  // namespace apd::detail
