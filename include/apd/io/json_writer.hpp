#pragma once
// JSON as text: members of objects, one after the other.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/encodings.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stream.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>

namespace apd::detail {

/// Writes one JSON object. `Writer` is RapidJSON's, compact or pretty.
///
/// Errors: `apd::error` if a name or a text is not UTF-8, or too long for RapidJSON.
///
///     apd::detail::compact_json json("run.json");
///     json.add("steps", std::size_t{60});
///     json.open("losses"), json.add("total", 0.5), json.close();
///     json.text();  // {"steps":60,"losses":{"total":0.5}}
template <class Writer>
class json_writer {
  public:
    /// source: what the text is for, in errors.
    explicit json_writer(std::string_view source) : source_(source) { json_.StartObject(); }

    /// An object as a member: what follows are its members, until it is closed.
    void open(std::string_view name) {
        key(name);
        json_.StartObject();
    }
    void close() { json_.EndObject(); }

    void add(std::string_view name, std::string_view text) { key(name), write(text); }
    void add(std::string_view name, std::size_t number) { key(name), write(number); }
    /// NaN and infinity, which JSON has no word for, become null.
    void add(std::string_view name, double number) { key(name), write(number); }
    /// A list of numbers or texts.
    template <class Value>
    void add(std::string_view name, const std::vector<Value>& values) {
        key(name);
        json_.StartArray();
        for (const auto& value : values) write(value);
        json_.EndArray();
    }

    /// The object. Nothing is added after that.
    std::string text() {
        json_.EndObject();
        return {text_.GetString(), text_.GetSize()};
    }

  protected:
    rapidjson::StringBuffer text_;
    Writer json_{text_};

  private:
    void key(std::string_view name) {
        check(name);
        json_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    }
    void write(std::string_view text) {
        check(text);
        json_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    }
    void write(std::size_t number) { json_.Uint64(number); }
    void write(double number) {
        if (!std::isfinite(number)) json_.Null();
        else if (detail::exactly_equal(number, std::round(number)) && std::abs(number) < 1e15)
            json_.Int64(static_cast<std::int64_t>(number));
        else json_.Double(number);
    }
    // RapidJSON counts lengths in 32 bits, and looks beyond a text that ends within a character: behind a copy are
    // zeros.
    void check(std::string_view text) const {
        if (text.size() > 100'000'000)
            throw error(source_, "a text has " + std::to_string(text.size()) + " bytes, the most are 100 MB",
                        "shorten it");
        const std::string padded = std::string(text) + std::string(4, '\0');
        rapidjson::StringStream characters(padded.c_str());
        struct {
            void Put(char) {}  // NOLINT: RapidJSON's name
        } nowhere;
        while (characters.Tell() < text.size())
            if (!rapidjson::UTF8<>::Validate(characters, nowhere))
                throw error(source_, "a name or a text is not UTF-8", "write it in UTF-8");
    }

    std::string_view source_;
};

/// Without spaces or lines.
using compact_json = json_writer<rapidjson::Writer<rapidjson::StringBuffer>>;
/// A member on each line, lists of numbers on one.
class pretty_json : public json_writer<rapidjson::PrettyWriter<rapidjson::StringBuffer>> {
  public:
    explicit pretty_json(std::string_view source) : json_writer(source) {
        json_.SetIndent(' ', 2).SetFormatOptions(rapidjson::kFormatSingleLineArray);
    }
};

}  // namespace apd::detail
