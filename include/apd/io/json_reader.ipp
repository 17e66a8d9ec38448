#pragma once
// Bodies of what json_reader.hpp declares.

#include <cstddef>
#include <optional>
#include <string_view>

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <apd/core/annotations.hpp>
#include <apd/io/json_reader.hpp>

namespace apd::ext::detail {

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

APD_INLINE std::optional<std::size_t> read_json(std::string_view text, json_events& events) {
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

}  // namespace apd::ext::detail
