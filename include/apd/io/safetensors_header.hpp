#pragma once
// The JSON header of a safetensors file: what it says, before anything is compared with the data.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <apd/core/error.hpp>
#include <apd/io/json_writer.hpp>
#include <apd/io/tensor_dtype.hpp>
#include <apd/io/tensors.hpp>

namespace apd {

/// {"__metadata__": {key: text}, name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}}
struct safetensors_header {
    struct record {
        std::string name;
        tensor_dtype dtype;
        std::vector<std::size_t> shape;
        std::size_t begin, end;  ///< bytes within the data
    };
    std::map<std::string, std::string> metadata;
    std::vector<record> records;
};

/// Reads the JSON of a header; source: the name of the file, for errors.
///
/// Errors: `apd::error` if it is not JSON, names anything twice, or has anything but the fields and types above.
safetensors_header parse_safetensors_header(std::string_view text, std::string_view source);

/// The JSON of a header: the metadata, if there is any, then the records in their order.
///
/// Errors: `apd::error` if a name or a text is not UTF-8.
std::string to_json(const safetensors_header& header, std::string_view source);

namespace detail {

/// Reads one header: what RapidJSON calls at every token, which refuses what the format forbids where it stands.
class safetensors_header_reader : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, safetensors_header_reader> {
  public:
    explicit safetensors_header_reader(std::string_view source) : source_(source) {}

    safetensors_header read(std::string_view text) {
        if (!text.starts_with('{')) refuse("the header is not a JSON object");
        rapidjson::MemoryStream stream(text.data(), text.size());
        rapidjson::Reader reader;
        // Numbers as texts: where RapidJSON 1.1 works out their values, huge exponents crash it.
        constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                                   rapidjson::kParseNumbersAsStringsFlag;
        const rapidjson::ParseResult result = reader.Parse<flags>(stream, *this);
        // RapidJSON takes a zero byte for the end.
        if (result.IsError() || stream.Tell() < text.size()) {
            const std::size_t offset = result.IsError() ? result.Offset() : stream.Tell();
            refuse("the header is not valid JSON at its byte " + std::to_string(offset + 1));
        }
        return std::move(header_);
    }

    // Tokens, as RapidJSON names them. Each is called at a place: 0 outside of all, 1 among the names, 2 among the
    // fields of a tensor or the texts of the metadata, 3 in the list of a field.
    bool StartObject() {
        if (place_ == 2 || place_ == 3) return Default();
        ++place_;
        if (place_ == 2) fields_ = {}, dtype_ = {};
        return true;
    }
    bool Key(const char* characters, rapidjson::SizeType length, bool) {
        key_ = text_of(characters, length);
        if (place_ == 1) {
            name_ = key_;
            if (!names_.insert(key_).second) refuse_twice();
        } else if (is_metadata()) {
            if (header_.metadata.contains(key_)) refuse_twice();
        } else {
            field_ = static_cast<std::size_t>(std::ranges::find(field_names, key_) - field_names.begin());
            if (field_ == field_names.size()) refuse(tensor() + " has the unknown field " + in_quotes(key_));
            if (std::exchange(fields_[field_], true)) refuse_twice();
        }
        return true;
    }
    bool String(const char* characters, rapidjson::SizeType length, bool) {
        if (place_ != 2 || (!is_metadata() && field_ != dtype_field)) return Default();
        const std::string text = text_of(characters, length);
        if (is_metadata()) header_.metadata[key_] = text;
        else dtype_ = dtype_named(text);
        return true;
    }
    bool StartArray() {
        if (place_ != 2 || is_metadata() || field_ == dtype_field) return Default();
        ++place_;
        numbers_[field_].clear();
        return true;
    }
    bool RawNumber(const char* characters, rapidjson::SizeType length, bool) {
        std::size_t number = 0;
        const auto [end, problem] = std::from_chars(characters, characters + length, number);
        if (place_ != 3 || problem != std::errc{} || end != characters + length) return Default();
        numbers_[field_].push_back(number);
        return true;
    }
    bool EndArray(rapidjson::SizeType) {
        --place_;
        return true;
    }
    bool EndObject(rapidjson::SizeType) {
        if (place_ == 2 && !is_metadata()) add_record();
        --place_;
        return true;
    }
    // Whatever stands where something else should.
    bool Default() {
        if (place_ == 1 && name_ == metadata_name) refuse("__metadata__ is not a JSON object");
        if (place_ == 1) refuse(tensor() + " is not described by a JSON object");
        if (is_metadata()) refuse("__metadata__ has a value under " + in_quotes(key_) + " that is not a text");
        if (field_ == dtype_field) refuse(tensor() + " has a dtype that is not a text");
        refuse(tensor() + (field_ == shape_field ? " has a shape that is" : " has data_offsets that are") +
               " not a list of whole numbers from 0");
    }

  private:
    static constexpr std::string_view metadata_name = "__metadata__";
    static constexpr std::array<std::string_view, 3> field_names{"dtype", "shape", "data_offsets"};
    static constexpr std::size_t dtype_field = 0, shape_field = 1, offsets_field = 2;

    bool is_metadata() const { return name_ == metadata_name; }
    std::string tensor() const { return "tensor " + in_quotes(name_); }

    [[noreturn]] void refuse(const std::string& problem,
                             std::string_view remedy = "copy or save the file again") const {
        throw error(source_, problem, remedy);
    }
    [[noreturn]] void refuse_twice() const { refuse("the header names " + in_quotes(key_) + " twice in one object"); }

    // RapidJSON takes the second half of a surrogate pair alone for a character.
    std::string text_of(const char* characters, rapidjson::SizeType length) const {
        std::string text(characters, length);
        for (std::size_t i = 0; i + 1 < text.size(); ++i)
            if (static_cast<unsigned char>(text[i]) == 0xED && static_cast<unsigned char>(text[i + 1]) >= 0xA0)
                refuse("the header has half of a surrogate pair in " + in_quotes(text));
        return text;
    }
    tensor_dtype dtype_named(const std::string& text) const {
        const auto* const found = std::ranges::find(dtype_table, text, &dtype_traits::name);
        if (found == dtype_table.end()) {
            refuse(tensor() + " has the dtype " + in_quotes(text) + ", which is not supported",
                   "save it as F32, F64, BOOL, I32, I64 or U8");
        }
        return static_cast<tensor_dtype>(found - dtype_table.begin());
    }
    void add_record() {
        for (std::size_t i = 0; i < fields_.size(); ++i)
            if (!fields_[i]) refuse(tensor() + " has no " + std::string(field_names[i]));
        const auto& offsets = numbers_[offsets_field];
        if (offsets.size() != 2) refuse(tensor() + " has " + std::to_string(offsets.size()) + " data_offsets, not 2");
        header_.records.push_back({name_, *dtype_, numbers_[shape_field], offsets[0], offsets[1]});
    }

    std::string_view source_;
    safetensors_header header_;
    std::set<std::string> names_;
    int place_ = 0;
    std::string name_, key_;  // of the entry of the header, and the one read last
    std::size_t field_ = 0;
    std::array<bool, 3> fields_{};  // which of them the tensor has
    std::optional<tensor_dtype> dtype_;
    std::array<std::vector<std::size_t>, 3> numbers_;  // of shape and data_offsets
};

}  // namespace detail

inline safetensors_header parse_safetensors_header(std::string_view text, std::string_view source) {
    return detail::safetensors_header_reader(source).read(text);
}

inline std::string to_json(const safetensors_header& header, std::string_view source) {
    detail::compact_json json(source);
    if (!header.metadata.empty()) {
        json.open("__metadata__");
        for (const auto& [name, text] : header.metadata) json.add(name, text);
        json.close();
    }
    for (const auto& [name, dtype, shape, begin, end] : header.records) {
        json.open(name);
        json.add("dtype", to_string(dtype));
        json.add("shape", shape);
        json.add("data_offsets", std::vector{begin, end});
        json.close();
    }
    return json.text();
}

}  // namespace apd
