#pragma once
// The JSON header of a safetensors file: what it says, before anything is compared with the data.

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <apd/core/error.hpp>
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

/// The JSON of a header, its names sorted.
///
/// Errors: `apd::error` if a name or a text is not UTF-8.
std::string to_json(const safetensors_header& header, std::string_view source);

namespace detail {

/// Reads one header; each function refuses what the format forbids.
class safetensors_header_reader {
  public:
    explicit safetensors_header_reader(std::string_view source) : source_(source) {}

    nlohmann::json json(std::string_view text) const {
        if (!text.starts_with('{')) refuse("the header is not a JSON object");
        std::array<std::set<std::string>, 4> names;  // of the objects that are open, by depth
        const auto check = [&](int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
            using event_t = nlohmann::json::parse_event_t;
            const auto level = static_cast<std::size_t>(depth);
            if (event == event_t::object_start || event == event_t::array_start) {
                if (level > 2) refuse("the header is nested more deeply than the format allows");
                names[level + 1].clear();
            } else if (event == event_t::key && !names[level].insert(parsed.get<std::string>()).second) {
                refuse("the header names " + in_quotes(parsed.get<std::string>()) + " twice in one object");
            }
            return true;
        };
        try {
            return nlohmann::json::parse(text, check);
        } catch (const nlohmann::json::parse_error& failure) {
            refuse("the header is not valid JSON at its byte " + std::to_string(failure.byte));
        } catch (const nlohmann::json::exception&) {
            refuse("the header is not valid JSON: a number is too large");
        }
    }

    std::map<std::string, std::string> metadata(const nlohmann::json& texts) const {
        if (!texts.is_object()) refuse("__metadata__ is not a JSON object");
        std::map<std::string, std::string> result;
        for (const auto& [key, text] : texts.items()) {
            if (!text.is_string()) refuse("__metadata__ has a value under " + in_quotes(key) + " that is not a text");
            result[key] = text.get<std::string>();
        }
        return result;
    }

    safetensors_header::record record(const std::string& name, const nlohmann::json& description) const {
        const std::string tensor = "tensor " + in_quotes(name);
        if (!description.is_object()) refuse(tensor + " is not described by a JSON object");
        for (const auto& [field, value] : description.items()) {
            if (field != "dtype" && field != "shape" && field != "data_offsets") {
                refuse(tensor + " has the unknown field " + in_quotes(field));
            }
        }
        for (const char* field : {"dtype", "shape", "data_offsets"}) {
            if (!description.contains(field)) refuse(tensor + " has no " + field);
        }
        const auto offsets = whole_numbers(description["data_offsets"], tensor + " has data_offsets that are");
        if (offsets.size() != 2) refuse(tensor + " has " + std::to_string(offsets.size()) + " data_offsets, not 2");
        return {name, dtype(description["dtype"], tensor),
                whole_numbers(description["shape"], tensor + " has a shape that is"), offsets[0], offsets[1]};
    }

  private:
    [[noreturn]] void refuse(const std::string& problem,
                             std::string_view remedy = "copy or save the file again") const {
        throw error(source_, problem, remedy);
    }

    tensor_dtype dtype(const nlohmann::json& name, const std::string& tensor) const {
        if (!name.is_string()) refuse(tensor + " has a dtype that is not a text");
        const auto text = name.get<std::string>();
        const auto* const found = std::ranges::find(dtype_table, text, &dtype_traits::name);
        if (found == dtype_table.end()) {
            refuse(tensor + " has the dtype " + in_quotes(text) + ", which is not supported",
                   "save it as F32, F64, BOOL, I32, I64 or U8");
        }
        return static_cast<tensor_dtype>(found - dtype_table.begin());
    }

    std::vector<std::size_t> whole_numbers(const nlohmann::json& list, const std::string& what) const {
        if (!list.is_array() || !std::ranges::all_of(list, [](const auto& n) { return n.is_number_unsigned(); })) {
            refuse(what + " not a list of whole numbers from 0");
        }
        return list.get<std::vector<std::size_t>>();
    }

    std::string_view source_;
};

}  // namespace detail

inline safetensors_header parse_safetensors_header(std::string_view text, std::string_view source) {
    const detail::safetensors_header_reader reader(source);
    safetensors_header header;
    const nlohmann::json json = reader.json(text);
    for (const auto& [name, description] : json.items()) {
        if (name == "__metadata__") header.metadata = reader.metadata(description);
        else header.records.push_back(reader.record(name, description));
    }
    return header;
}

inline std::string to_json(const safetensors_header& header, std::string_view source) {
    auto json = nlohmann::json::object();
    if (!header.metadata.empty()) json["__metadata__"] = header.metadata;
    for (const auto& [name, dtype, shape, begin, end] : header.records) {
        json[name] = {{"dtype", to_string(dtype)}, {"shape", shape}, {"data_offsets", {begin, end}}};
    }
    try {
        return json.dump();
    } catch (const nlohmann::json::exception&) {
        throw error(source, "a tensor's name or a text of the metadata is not UTF-8", "write it in UTF-8");
    }
}

}  // namespace apd
