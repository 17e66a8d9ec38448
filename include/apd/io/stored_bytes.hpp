#pragma once
// Bytes that lie in memory, or in a file that is read where and when they are asked for.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
    explicit open_file(const std::filesystem::path& path)
        : descriptor(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), name(path.string()) {  // a pipe would wait for a writer
        struct stat found {};
        if (!descriptor || ::fstat(descriptor.get(), &found) != 0) fail();
        if (!S_ISREG(found.st_mode)) throw error(name, "is not a file", "give a file, not a folder or a device");
        size = static_cast<std::size_t>(found.st_size);
    }
    void read(std::size_t begin, std::span<std::byte> to) const {
        while (!to.empty()) {
            const auto count = ::pread(descriptor.get(), to.data(), to.size(), static_cast<off_t>(begin));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail();
            if (count == 0)
                throw error(name, "has become shorter since it was opened", "load it when it is no longer written");
            begin += static_cast<std::size_t>(count);
            to = to.subspan(static_cast<std::size_t>(count));
        }
    }

  private:
    [[noreturn]] void fail() const {
        throw error(name, "can't be read (" + std::generic_category().message(errno) + ")",
                    "check the name and the permissions");
    }
};

/// A run of bytes. Copies share what lies behind.
class stored_bytes {
  public:
    stored_bytes() : stored_bytes(std::vector<std::byte>()) {}
    explicit stored_bytes(std::vector<std::byte> memory)
        : behind_(std::make_shared<const source>(std::move(memory))), size_(std::get<memory_type>(*behind_).size()) {}
    /// A whole file. Errors: those of `open_file`.
    explicit stored_bytes(const std::filesystem::path& file)
        : behind_(std::make_shared<const source>(std::in_place_type<open_file>, file)),
          size_(std::get<open_file>(*behind_).size) {}

    std::size_t size() const { return size_; }

    stored_bytes part(std::size_t begin, std::size_t size) const {
        stored_bytes result = *this;
        result.begin_ += begin;
        result.size_ = size;
        return result;
    }

    /// Copies the bytes from `begin` on. Errors: `apd::error` if the file can't be read or has become shorter.
    void read(std::size_t begin, std::span<std::byte> to) const {
        if (const auto* const file = std::get_if<open_file>(behind_.get())) return file->read(begin_ + begin, to);
        std::ranges::copy(std::span(std::get<memory_type>(*behind_)).subspan(begin_ + begin, to.size()), to.begin());
    }
    std::vector<std::byte> all() const {
        std::vector<std::byte> result(size_);
        read(0, result);
        return result;
    }
    /// The first bytes, at most `most`, as characters.
    std::string text(std::size_t begin, std::size_t most) const {
        std::string result(std::min(most, size_ - begin), '\0');
        read(begin, std::as_writable_bytes(std::span(result)));
        return result;
    }

  private:
    using memory_type = std::vector<std::byte>;
    using source = std::variant<memory_type, open_file>;

    std::shared_ptr<const source> behind_;
    std::size_t begin_ = 0, size_;
};

}  // namespace apd::detail
