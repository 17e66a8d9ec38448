#pragma once
// Files of lines that any number of processes append to at once, and that killed ones leave behind.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/file.h>
#include <unistd.h>

#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>

namespace apd::ext::detail {

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
///     apd::ext::detail::locked_lines("log.jsonl", "{").append("{\"step\":1}\n");
class locked_lines {
  public:
    locked_lines(const std::filesystem::path& path, std::string_view begins);
    locked_lines(const locked_lines&) = delete;
    locked_lines& operator=(const locked_lines&) = delete;

    std::size_t size() const { return static_cast<std::size_t>(::lseek(file_.get(), 0, SEEK_END)); }
    /// The lines behind the first `offset` bytes.
    std::string from(std::size_t offset) const { return read(offset, size() - std::min(offset, size())); }
    /// Behind the last line: all of them, or none and an error.
    void append(std::string_view lines);

  private:
    static const std::filesystem::path& made_room_for(const std::filesystem::path& path);
    [[noreturn]] void fail(std::string_view what) const;
    std::string read(std::size_t offset, std::size_t count) const;
    // Looks for the last line's end, backwards.
    void cut_torn_line();
    void cut(std::size_t to, std::size_t whole);

    std::string path_;
    file_descriptor file_;
};

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/io/locked_lines.ipp>
#endif
