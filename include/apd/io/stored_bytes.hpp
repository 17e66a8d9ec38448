#pragma once
// Bytes that lie in memory, or elsewhere, such as in a file, and are read where and when they are asked for.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>

namespace apd::ext::detail {

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
    /// Bytes that read(begin, to) copies from where they are; where it begins, a number of 8 bytes begins.
    using reader = std::function<void(std::size_t begin, std::span<std::byte> to)>;
    stored_bytes(std::size_t size, reader read);

    std::size_t size() const { return size_; }

    stored_bytes part(std::size_t begin, std::size_t size) const;

    /// Copies the bytes from `begin` on. Errors: `apd::error` if the file can't be read or has become shorter.
    void read(std::size_t begin, std::span<std::byte> to) const;
    std::vector<std::byte> all() const;
    /// f(piece) for all bytes, one piece after the other, until it is false.
    template <class F>
    void for_each_piece(F&& f) const {
        constexpr std::size_t most = std::size_t{1} << 20U;
        std::vector<std::byte> piece(std::min(most, size_));
        for (std::size_t begin = 0; begin < size_; begin += most) {
            const auto now = std::span(piece).first(std::min(most, size_ - begin));
            read(begin, now);
            if (!f(std::span<const std::byte>(now))) return;
        }
    }
    /// The first bytes, at most `most`, as characters.
    std::string text(std::size_t begin, std::size_t most) const;

  private:
    using memory_type = std::vector<std::byte>;
    using source = std::variant<memory_type, open_file, reader>;

    std::shared_ptr<const source> behind_;
    std::size_t begin_ = 0, size_;
};

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/io/stored_bytes.ipp>
#endif
