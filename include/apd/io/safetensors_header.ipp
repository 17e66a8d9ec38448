#pragma once
// Bodies of what safetensors_header.hpp declares.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/json_reader.hpp>
#include <apd/io/json_writer.hpp>
#include <apd/io/safetensors_header.hpp>
#include <apd/io/stored_tensor.hpp>

namespace apd::ext {
namespace detail {

/// Reads one header, and refuses what the format forbids where it stands.
class safetensors_header_reader final : public json_events {
  public:
    explicit safetensors_header_reader(std::string_view source) : source_(source) {}

    safetensors_header read(std::string_view text);

    inline void take(json_token token, std::string_view text) override;

  private:
    static constexpr std::string_view metadata_name = "__metadata__";
    static constexpr std::array<std::string_view, 3> field_names{"dtype", "shape", "data_offsets"};
    static constexpr std::size_t dtype_field = 0, shape_field = 1, offsets_field = 2;

    bool is_metadata() const { return name_ == metadata_name; }
    std::string tensor() const { return "tensor " + in_quotes(name_); }

    void take_key(std::string_view text);
    void take_number(std::string_view text);
    // The value of an unknown field, up to its last bracket.
    void pass_over(json_token token);
    // Whatever stands where something else should.
    [[noreturn]] void refuse_value() const;
    [[noreturn]] void refuse(const std::string& problem) const;
    [[noreturn]] void refuse_twice() const { refuse("the header names " + in_quotes(key_) + " twice in one object"); }

    // RapidJSON takes the second half of a surrogate pair alone for a character.
    std::string checked(std::string_view text) const;
    void add_record();

    std::string_view source_;
    safetensors_header header_;
    std::set<std::string> names_;
    int place_ = 0;  // 0 outside of all, 1 among names, 2 among fields of a tensor or texts of metadata, 3 in a list
    std::size_t passed_over_ = 0;  // in the value of an unknown field: the brackets that are open, and one more
    std::string name_, key_;       // of the entry of the header, and the one read last
    std::size_t field_ = 0;
    std::array<bool, 3> fields_{};  // which of them the tensor has
    std::string dtype_;
    std::array<std::vector<std::size_t>, 3> numbers_;  // of shape and data_offsets
};

inline safetensors_header safetensors_header_reader::read(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\n\r");
    if (first == text.npos || text[first] != '{') refuse("the header is not a JSON object");
    if (const auto fault = read_json(text, *this))
        refuse("the header is not valid JSON at its byte " + std::to_string(*fault));
    return std::move(header_);
}

inline void safetensors_header_reader::take(json_token token, std::string_view text) {
    if (passed_over_ > 0) return pass_over(token);
    switch (token) {
        case json_token::begin_object:
            if (place_ == 2 || place_ == 3) refuse_value();
            if (++place_ == 2) fields_ = {};
            return;
        case json_token::end_object:
            if (place_-- == 2 && !is_metadata()) add_record();
            return;
        case json_token::begin_list:
            if (place_ != 2 || is_metadata() || field_ == dtype_field) refuse_value();
            ++place_;
            return numbers_[field_].clear();
        case json_token::end_list:
            --place_;
            return;
        case json_token::key:
            return take_key(text);
        case json_token::text:
            if (place_ != 2 || (!is_metadata() && field_ != dtype_field)) refuse_value();
            (is_metadata() ? header_.metadata[key_] : dtype_) = checked(text);
            return;
        case json_token::number:
            return take_number(text);
        case json_token::null:
            if (place_ == 1 && is_metadata()) return;  // none
            [[fallthrough]];
        case json_token::truth:
            refuse_value();
    }
}

inline void safetensors_header_reader::take_key(std::string_view text) {
    key_ = checked(text);
    if (place_ == 1) {
        name_ = key_;
        if (!names_.insert(key_).second) refuse_twice();
    } else if (is_metadata()) {
        if (header_.metadata.contains(key_)) refuse_twice();
    } else {
        field_ = static_cast<std::size_t>(std::ranges::find(field_names, key_) - field_names.begin());
        if (field_ == field_names.size()) passed_over_ = 1;
        else if (std::exchange(fields_[field_], true)) refuse_twice();
    }
}

inline void safetensors_header_reader::take_number(std::string_view text) {
    std::size_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (place_ != 3 || problem != std::errc{} || end != text.data() + text.size()) refuse_value();
    numbers_[field_].push_back(number);
}

inline void safetensors_header_reader::pass_over(json_token token) {
    if (token == json_token::key) return;
    if (token == json_token::begin_object || token == json_token::begin_list) ++passed_over_;
    if (token == json_token::end_object || token == json_token::end_list) --passed_over_;
    if (passed_over_ == 1) passed_over_ = 0;
}

inline void safetensors_header_reader::refuse_value() const {
    if (place_ == 1 && is_metadata()) refuse("__metadata__ is not a JSON object");
    if (place_ == 1) refuse(tensor() + " is not described by a JSON object");
    if (is_metadata()) refuse("__metadata__ has a value under " + in_quotes(key_) + " that is not a text");
    if (field_ == dtype_field) refuse(tensor() + " has a dtype that is not a text");
    refuse(tensor() + (field_ == shape_field ? " has a shape that is" : " has data_offsets that are") +
           " not a list of whole numbers from 0");
}

inline void safetensors_header_reader::refuse(const std::string& problem) const {
    throw error(source_, problem, "copy or save the file again");
}

inline std::string safetensors_header_reader::checked(std::string_view text) const {
    for (std::size_t i = 0; i + 1 < text.size(); ++i)
        if (static_cast<unsigned char>(text[i]) == 0xED && static_cast<unsigned char>(text[i + 1]) >= 0xA0)
            refuse("the header has half of a surrogate pair in " + in_quotes(text));
    return std::string(text);
}

inline void safetensors_header_reader::add_record() {
    for (std::size_t i = 0; i < fields_.size(); ++i)
        if (!fields_[i]) refuse(tensor() + " has no " + std::string(field_names[i]));
    const auto& offsets = numbers_[offsets_field];
    if (offsets.size() != 2) refuse(tensor() + " has " + std::to_string(offsets.size()) + " data_offsets, not 2");
    header_.records.push_back({name_, dtype_, numbers_[shape_field], offsets[0], offsets[1]});
}

}  // namespace detail

APD_INLINE safetensors_header parse_safetensors_header(std::string_view text, std::string_view source) {
    return detail::safetensors_header_reader(source).read(text);
}

APD_INLINE std::string to_json(const safetensors_header& header, std::string_view source) {
    detail::compact_json json(source);
    if (!header.metadata.empty()) {
        json.open("__metadata__");
        for (const auto& [name, text] : header.metadata) json.add(name, text);
        json.close();
    }
    for (const auto& [name, dtype, shape, begin, end] : header.records) {
        json.open(name);
        json.add("dtype", dtype);
        json.add("shape", shape);
        json.add("data_offsets", std::vector{begin, end});
        json.close();
    }
    return json.text();
}

}  // namespace apd::ext
