#pragma once
// Bodies of what locked_lines.hpp declares.

#include <algorithm>
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

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/locked_lines.hpp>

namespace apd::ext::detail {

APD_INLINE locked_lines::locked_lines(const std::filesystem::path& path, std::string_view begins)
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

APD_INLINE void locked_lines::append(std::string_view lines) {
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

APD_INLINE const std::filesystem::path& locked_lines::made_room_for(const std::filesystem::path& path) {
    std::error_code failure;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failure);
    return path;  // what failed is found when the file is opened
}

APD_INLINE void locked_lines::fail(std::string_view what) const {
    throw error(path_, std::string(what) + " (" + std::generic_category().message(errno) + ")",
                "choose a folder that can be written, has room, and whose file system has locks");
}

APD_INLINE std::string locked_lines::read(std::size_t offset, std::size_t count) const {
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

APD_INLINE void locked_lines::cut_torn_line() {
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

APD_INLINE void locked_lines::cut(std::size_t to, std::size_t whole) {
    if (to != whole && ::ftruncate(file_.get(), static_cast<off_t>(to)) != 0) fail("can't be mended");
}

}  // namespace apd::ext::detail
