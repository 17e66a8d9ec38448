#pragma once
// Bodies of what stored_bytes.hpp declares.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/stored_bytes.hpp>

namespace apd::ext::detail {

APD_INLINE open_file::open_file(const std::filesystem::path& path)
    : descriptor(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), name(path.string()) {  // a pipe would wait for a writer
    struct stat found {};
    if (!descriptor || ::fstat(descriptor.get(), &found) != 0) fail();
    if (!S_ISREG(found.st_mode)) throw error(name, "is not a file", "give a file, not a folder or a device");
    size = static_cast<std::size_t>(found.st_size);
}

APD_INLINE void open_file::read(std::size_t begin, std::span<std::byte> to) const {
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

APD_INLINE void open_file::fail() const {
    throw error(name, "can't be read (" + std::generic_category().message(errno) + ")",
                "check the name and the permissions");
}

APD_INLINE stored_bytes::stored_bytes(std::vector<std::byte> memory)
    : behind_(std::make_shared<const source>(std::move(memory))), size_(std::get<memory_type>(*behind_).size()) {}

APD_INLINE stored_bytes::stored_bytes(const std::filesystem::path& file)
    : behind_(std::make_shared<const source>(std::in_place_type<open_file>, file)),
      size_(std::get<open_file>(*behind_).size) {}

APD_INLINE stored_bytes::stored_bytes(std::size_t size, reader read)
    : behind_(std::make_shared<const source>(std::move(read))), size_(size) {}

APD_INLINE stored_bytes stored_bytes::part(std::size_t begin, std::size_t size) const {
    stored_bytes result = *this;
    result.begin_ += begin;
    result.size_ = size;
    return result;
}

APD_INLINE void stored_bytes::read(std::size_t begin, std::span<std::byte> to) const {
    if (const auto* const file = std::get_if<open_file>(behind_.get())) return file->read(begin_ + begin, to);
    if (const auto* const read = std::get_if<reader>(behind_.get())) return (*read)(begin_ + begin, to);
    std::ranges::copy(std::span(std::get<memory_type>(*behind_)).subspan(begin_ + begin, to.size()), to.begin());
}

APD_INLINE std::vector<std::byte> stored_bytes::all() const {
    std::vector<std::byte> result(size_);
    read(0, result);
    return result;
}

APD_INLINE std::string stored_bytes::text(std::size_t begin, std::size_t most) const {
    std::string result(std::min(most, size_ - begin), '\0');
    read(begin, std::as_writable_bytes(std::span(result)));
    return result;
}

}  // namespace apd::ext::detail
