#pragma once
// Bodies of what json_writer.hpp declares.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/encodings.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stream.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/io/json_writer.hpp>

namespace apd::ext::detail {

// One of the two is used.
struct json_writer::writers {
    bool is_pretty;
    rapidjson::StringBuffer text{};
    rapidjson::Writer<rapidjson::StringBuffer> compact{text};
    rapidjson::PrettyWriter<rapidjson::StringBuffer> pretty{text};

    explicit writers(layout how) : is_pretty(how == layout::pretty) {
        pretty.SetIndent(' ', 2);
        pretty.SetFormatOptions(rapidjson::kFormatSingleLineArray);
    }
    void call(auto&& f) { is_pretty ? f(pretty) : f(compact); }
};

APD_INLINE json_writer::json_writer(std::string_view source, layout how)
    : source_(source), writers_(std::make_unique<writers>(how)) {
    writers_->call([](auto& json) { json.StartObject(); });
}
APD_INLINE json_writer::~json_writer() = default;

APD_INLINE void json_writer::open(std::string_view name) {
    key(name);
    writers_->call([](auto& json) { json.StartObject(); });
}
APD_INLINE void json_writer::close() {
    writers_->call([](auto& json) { json.EndObject(); });
}

APD_INLINE void json_writer::add(std::string_view name, std::string_view text) { key(name), write(text); }
APD_INLINE void json_writer::add(std::string_view name, std::size_t number) { key(name), write(number); }
APD_INLINE void json_writer::add(std::string_view name, double number) { key(name), write(number); }
template <class Value>
void json_writer::add_list(std::string_view name, const std::vector<Value>& values) {
    key(name);
    writers_->call([](auto& json) { json.StartArray(); });
    for (const auto& value : values) write(value);
    writers_->call([](auto& json) { json.EndArray(); });
}
APD_INLINE void json_writer::add(std::string_view name, const std::vector<std::string>& texts) {
    add_list(name, texts);
}
APD_INLINE void json_writer::add(std::string_view name, const std::vector<std::size_t>& numbers) {
    add_list(name, numbers);
}
APD_INLINE void json_writer::add(std::string_view name, const std::vector<double>& numbers) { add_list(name, numbers); }

APD_INLINE std::string json_writer::text() {
    close();
    return {writers_->text.GetString(), writers_->text.GetSize()};
}

APD_INLINE void json_writer::key(std::string_view name) {
    check(name);
    writers_->call([&](auto& json) { json.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); });
}
APD_INLINE void json_writer::write(std::string_view text) {
    check(text);
    writers_->call([&](auto& json) { json.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); });
}
APD_INLINE void json_writer::write(std::size_t number) {
    writers_->call([&](auto& json) { json.Uint64(number); });
}
APD_INLINE void json_writer::write(double number) {
    writers_->call([&](auto& json) {
        if (!std::isfinite(number)) json.Null();
        else if (exactly_equal(number, std::round(number)) && std::abs(number) < 1e15)
            json.Int64(static_cast<std::int64_t>(number));
        else json.Double(number);
    });
}
// RapidJSON counts lengths in 32 bits, and looks beyond a text that ends within a character: behind a copy are zeros.
APD_INLINE void json_writer::check(std::string_view text) const {
    if (text.size() > 100'000'000)
        throw error(source_, "a text has " + std::to_string(text.size()) + " bytes, the most are 100 MB", "shorten it");
    const std::string padded = std::string(text) + std::string(4, '\0');
    rapidjson::StringStream characters(padded.c_str());
    struct {
        void Put(char) {}  // NOLINT: RapidJSON's name
    } nowhere;
    while (characters.Tell() < text.size())
        if (!rapidjson::UTF8<>::Validate(characters, nowhere))
            throw error(source_, "a name or a text is not UTF-8", "write it in UTF-8");
}

}  // namespace apd::ext::detail
