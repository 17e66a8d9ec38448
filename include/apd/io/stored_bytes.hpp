#pragma once
// Bytes that lie in memory, or in a file that is read where and when they are asked for.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>

namespace apd::detail {

/// A file that stays open. It is read, not mapped: a file that shrinks meanwhile is an error here and a SIGBUS there,
/// and mapped pages would count beside the numbers that are made of them. One that is replaced as
/// `write_file_atomically` does it stays what it was; one that is written over gives what is there when it is read.
struct open_file {
    file_descriptor descriptor;
    std::string name;
    std::size_t size = 0;

    /// Errors: `apd::error` with the system's reason if it is missing, can't be read, or is a folder or a device.
    explicit open_file(const std::filesystem::path& path);
    void read(std::size_t begin, std::span<std::byte> to) const;

  private:
    [[noreturn]] void fail() const;
};

/// A run of bytes. Copies share what lies behind.
class stored_bytes {
  public:
    stored_bytes() : stored_bytes(std::vector<std::byte>()) {}
    explicit stored_bytes(std::vector<std::byte> memory);
    /// A whole file. Errors: those of `open_file`.
    explicit stored_bytes(const std::filesystem::path& file);

    std::size_t size() const { return size_; }

    stored_bytes part(std::size_t begin, std::size_t size) const;

    /// Copies the bytes from `begin` on. Errors: `apd::error` if the file can't be read or has become shorter.
    void read(std::size_t begin, std::span<std::byte> to) const;
    std::vector<std::byte> all() const;
    /// The first bytes, at most `most`, as characters.
    std::string text(std::size_t begin, std::size_t most) const;

  private:
    using memory_type = std::vector<std::byte>;
    using source = std::variant<memory_type, open_file>;

    std::shared_ptr<const source> behind_;
    std::size_t begin_ = 0, size_;
};

}  // namespace apd::detail

#ifndef APD_COMPILED
#include <apd/io/stored_bytes.ipp>
#endif
