#pragma once
// The words of a text as numbers, in memory or in a file.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include <apd/io/stored_bytes.hpp>

namespace apd::ext {

/// How a file holds tokens, one behind the other and nothing else: a byte each, or numbers of 16 or 32 bits, the lowest
/// byte first.
enum class token_type { u8, u16, i32 };

/// Numbers of words, one behind the other. Of a file what is asked for is read when it is asked for, however long the
/// file is; copies share it.
///
/// Example: `apd::tokens("tiny_shakespeare.txt")`: every byte of a text is a token, from 0 to 255;
/// `apd::tokens("train.bin", apd::token_type::u16)`.
class tokens {
  public:
    /// Errors: `apd::error` if the file can't be read, is empty, or has no whole number of tokens.
    explicit tokens(const std::filesystem::path& file, token_type type = token_type::u8);
    explicit tokens(const std::vector<std::uint32_t>& numbers);

    std::size_t size() const { return bytes_.size() / width(); }
    /// Tokens begin, …, begin + size − 1, such as those that a network is not trained on.
    tokens part(std::size_t begin, std::size_t size) const;
    /// Errors: `apd::error` if there are not so many behind `begin`, one is negative, or the file can't be read.
    void read(std::size_t begin, std::span<std::uint32_t> to) const;

  private:
    std::size_t width() const { return type_ == token_type::u8 ? 1 : type_ == token_type::u16 ? 2 : 4; }

    detail::stored_bytes bytes_;
    token_type type_;
};

}  // namespace apd::ext

namespace apd {
using ext::token_type, ext::tokens;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/io/tokens.ipp>
#endif
