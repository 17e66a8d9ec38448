#pragma once
// The JSON header of a safetensors file: what it says, before anything is compared with the data.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace apd::ext {

/// {"__metadata__": {key: text}, name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}}
struct safetensors_header {
    struct record {
        std::string name;
        std::string dtype;  ///< as it stands there: the library need not know it
        std::vector<std::size_t> shape;
        std::size_t begin, end;  ///< bytes within the data
    };
    std::map<std::string, std::string> metadata;
    std::vector<record> records;
};

/// Reads the JSON of a header; source: the name of the file, for errors.
///
/// What the format's own reader takes is taken where it means one thing: spaces before the object, null for no
/// metadata, further fields of a tensor, which are passed over. What names anything twice is not, since readers differ
/// in which of the two they take. Errors: `apd::error` if it is not JSON, names anything twice, lacks one of the fields
/// above or has one of another type.
safetensors_header parse_safetensors_header(std::string_view text, std::string_view source);

/// The JSON of a header: the metadata, if there is any, then the records in their order.
///
/// Errors: `apd::error` if a name or a text is not UTF-8.
std::string to_json(const safetensors_header& header, std::string_view source);

}  // namespace apd::ext

#ifndef APD_COMPILED
#include <apd/io/safetensors_header.ipp>
#endif
