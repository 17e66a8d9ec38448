#pragma once
// JSON as a sequence of tokens.

#include <cstddef>
#include <optional>
#include <string_view>

namespace apd::ext::detail {

enum class json_token { begin_object, end_object, begin_list, end_list, key, text, number, null, truth };

/// Whoever reads JSON: is given one token after the other, and throws at those that it refuses.
struct json_events {
    json_events() = default;
    json_events(const json_events&) = delete;
    json_events& operator=(const json_events&) = delete;
    /// text: of a key or a text the letters, of a number the digits as they stand there.
    virtual void take(json_token token, std::string_view text) = 0;

  protected:
    ~json_events() = default;
};

/// Reads a text however deep it is nested. The byte at which it is not valid JSON, if it is not.
std::optional<std::size_t> read_json(std::string_view text, json_events& events);

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/io/json_reader.ipp>
#endif
