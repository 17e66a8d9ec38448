#pragma once
// JSON as a sequence of tokens.

#include <cstddef>
#include <optional>
#include <string_view>

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace apd::detail {

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

/// What RapidJSON calls at every token, by its names.
struct json_handler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, json_handler> {
    json_events& events;
    explicit json_handler(json_events& to) : events(to) {}

    bool give(json_token token, std::string_view text = {}) { return events.take(token, text), true; }
    bool StartObject() { return give(json_token::begin_object); }
    bool EndObject(rapidjson::SizeType) { return give(json_token::end_object); }
    bool StartArray() { return give(json_token::begin_list); }
    bool EndArray(rapidjson::SizeType) { return give(json_token::end_list); }
    bool Key(const char* text, rapidjson::SizeType size, bool) { return give(json_token::key, {text, size}); }
    bool String(const char* text, rapidjson::SizeType size, bool) { return give(json_token::text, {text, size}); }
    bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return give(json_token::number, {text, size}); }
    bool Null() { return give(json_token::null); }
    bool Bool(bool) { return give(json_token::truth); }
};

/// Reads a text however deep it is nested. The byte at which it is not valid JSON, if it is not.
inline std::optional<std::size_t> read_json(std::string_view text, json_events& events) {
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::Reader reader;
    json_handler handler(events);
    // Numbers as texts: where RapidJSON 1.1 works out their values, huge exponents crash it.
    constexpr unsigned flags =
        rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
    const rapidjson::ParseResult result = reader.Parse<flags>(stream, handler);
    if (result.IsError()) return result.Offset() + 1;
    if (stream.Tell() < text.size()) return stream.Tell() + 1;  // it takes a zero byte for the end
    return std::nullopt;
}

}  // namespace apd::detail
