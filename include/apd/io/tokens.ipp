#pragma once
// Bodies of what tokens.hpp declares.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/stored_bytes.hpp>
#include <apd/io/tokens.hpp>

namespace apd::ext {

APD_INLINE tokens::tokens(const std::filesystem::path& file, token_type type) : bytes_(file), type_(type) {
    if (bytes_.size() == 0) throw error(file.string(), "is empty", "give a file that has tokens");
    if (bytes_.size() % width() != 0)
        throw error(
            file.string(),
            "has " + std::to_string(bytes_.size()) + " bytes, no whole number of tokens of " + std::to_string(width()),
            "say the type that its tokens have, one of token_type::u8, u16 and i32");
}

APD_INLINE tokens::tokens(const std::vector<std::uint32_t>& numbers) : type_(token_type::i32) {
    std::vector<std::byte> bytes;
    bytes.reserve(4 * numbers.size());
    for (const std::uint32_t number : numbers)
        for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::byte>(number >> shift));
    bytes_ = detail::stored_bytes(std::move(bytes));
}

APD_INLINE tokens tokens::part(std::size_t begin, std::size_t size) const {
    if (begin > this->size() || size > this->size() - begin)
        throw error("tokens", "there are " + std::to_string(this->size()), "ask for a part that is there");
    tokens some = *this;
    some.bytes_ = bytes_.part(begin * width(), size * width());
    return some;
}

APD_INLINE void tokens::read(std::size_t begin, std::span<std::uint32_t> to) const {
    if (begin > size() || to.size() > size() - begin)
        throw error("tokens", "there are " + std::to_string(size()), "ask for tokens that are there");
    std::vector<std::byte> bytes(to.size() * width());
    bytes_.read(begin * width(), bytes);
    for (std::size_t i = 0; i < to.size(); ++i) {
        std::uint32_t number = 0;
        for (std::size_t b = width(); b-- > 0;)
            number = number << 8U | std::to_integer<std::uint32_t>(bytes[i * width() + b]);
        if (type_ == token_type::i32 && number >> 31U != 0)
            throw error("tokens", "token " + std::to_string(begin + i) + " is negative",
                        "number the words from 0 on, or say another type than token_type::i32");
        to[i] = number;
    }
}

}  // namespace apd::ext
