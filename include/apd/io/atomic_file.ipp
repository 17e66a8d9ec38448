#pragma once
// Bodies of what atomic_file.hpp declares.

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>

namespace apd::ext {
namespace detail {

APD_INLINE void check_file_name(std::string_view where, const std::filesystem::path& path, std::string_view remedy) {
    if (!path.has_filename()) throw error(where, "'" + path.string() + "' is not the name of a file", remedy);
}

APD_INLINE bool file_descriptor::close() {
    const int closing = value_;
    value_ = -1;
    return closing < 0 || ::close(closing) == 0;
}

/// Gives a file the owner, the group and the permissions of the one that it replaces. Nothing of the contents is
/// written before, so that a private file is never open to others.
inline bool take_permissions(const file_descriptor& file, const struct stat& replaced) {
    if (::fchown(file.get(), replaced.st_uid, replaced.st_gid) != 0 &&
        ::fchown(file.get(), static_cast<uid_t>(-1), replaced.st_gid) != 0) {
        // Only root gives files away: then it is ours.
    }
    return ::fchmod(file.get(), replaced.st_mode & 0777U) == 0;
}

/// Writes a new file and waits for the disk; false leaves the reason in errno. replaced: the file whose place it will
/// take, null if there is none.
inline bool write_new_file(const std::filesystem::path& path, const std::function<bool(const byte_sink&)>& write,
                           const struct stat* replaced) {
    file_descriptor file(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, replaced != nullptr ? 0600 : 0666);
    if (!file || (replaced != nullptr && !take_permissions(file, *replaced))) return false;
    const auto sink = [&](std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
            const auto count = ::write(file.get(), bytes.data(), bytes.size());
            if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
            else if (count == 0 || errno != EINTR) return false;
        }
        return true;
    };
    return write(sink) && ::fsync(file.get()) == 0 && file.close();
}

/// A name beside the target that no other thread or process of this machine takes; no longer than names may be.
inline std::filesystem::path temporary_name(const std::filesystem::path& target) {
    static std::atomic<unsigned> counter{0};
    return target.parent_path() / (target.filename().string().substr(0, 200) + ".tmp-" + std::to_string(::getpid()) +
                                   "-" + std::to_string(counter++));
}

APD_INLINE std::filesystem::path linked_file(std::filesystem::path path) {
    std::error_code failure;
    const std::string named = path.string();
    for (int links = 0; std::filesystem::is_symlink(path, failure); ++links) {
        if (links == 40) throw error(named, "is a link that leads to itself", "remove it");
        path = path.parent_path() / std::filesystem::read_symlink(path, failure);  // an absolute one stands alone
    }
    return path;
}

APD_INLINE std::optional<struct stat> replaced_file(const std::filesystem::path& target) {
    struct stat found {};
    const bool is_there = ::stat(target.c_str(), &found) == 0;
    if (!target.has_filename() || (is_there && !S_ISREG(found.st_mode)))
        throw error(target.string(), "is not the name of a file", "give a file, not a folder or a device");
    // To be renamed over, a file need not be writable: that someone protected it, only we can respect.
    if (is_there && ((found.st_mode & 0222U) == 0 || ::faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0))
        throw error(target.string(), "is write-protected",
                    "give it back its permission to be written, or another name");
    return is_there ? std::optional(found) : std::nullopt;
}

APD_INLINE void write_file_atomically(const std::filesystem::path& path,
                                      const std::function<bool(const byte_sink&)>& write) {
    namespace fs = std::filesystem;
    std::error_code failure;
    const fs::path target = linked_file(path);
    const auto replaced = replaced_file(target);
    if (target.has_parent_path() && (fs::create_directories(target.parent_path(), failure), failure)) {
        throw error(path.string(), "the folder can't be made (" + failure.message() + ")",
                    "choose a folder that can be written");
    }
    fs::path temporary;
    bool written = false;
    do {  // a name may be left by a process that died and had our number
        temporary = temporary_name(target);
        try {
            written = write_new_file(temporary, write, replaced ? &*replaced : nullptr);
        } catch (...) {
            ::unlink(temporary.c_str());
            throw;
        }
    } while (!written && errno == EEXIST);
    if (!written || std::rename(temporary.c_str(), target.c_str()) != 0) {
        const int reason = errno;
        ::unlink(temporary.c_str());
        throw error(path.string(), "can't be written (" + std::generic_category().message(reason) + ")",
                    "choose a folder that can be written and has room");
    }
}

}  // namespace detail

APD_INLINE void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> contents) {
    detail::write_file_atomically(path, [&](const detail::byte_sink& sink) { return sink(contents); });
}
APD_INLINE void write_file_atomically(const std::filesystem::path& path, std::string_view contents) {
    write_file_atomically(path, std::as_bytes(std::span(contents)));
}

APD_INLINE std::string read_file(const std::filesystem::path& path) {
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

}  // namespace apd::ext
