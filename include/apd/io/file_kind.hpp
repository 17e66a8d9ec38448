#pragma once
// What a file is that is no safetensors file, told by its first bytes.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <apd/io/stored_tensor.hpp>

namespace apd::ext::detail {

constexpr bool is_text(unsigned char c) { return (c >= 32 && c != 127 && c < 0xF8) || (c >= 9 && c <= 13); }

struct file_kind {
    std::string is;  ///< completes "the file is …"
    std::string_view remedy;
};

inline constexpr std::string_view by_to_apd = "convert it with tools/to_apd.py";

/// Files that always begin with the same bytes: these, what the file is, and what to do about it.
inline constexpr std::array<std::array<std::string_view, 3>, 7> file_magics{{
    {"\x93NUMPY", "an .npy array of NumPy", by_to_apd},
    {"GGUF", "a GGUF file of llama.cpp", "take the model's safetensors: GGUF renames and quantises them"},
    {"\x89HDF\r\n\x1A\n", "an HDF5 file, as Keras' .h5 files are", "save its arrays with numpy.savez and convert that"},
    {"\x1F\x8B\x08", "compressed with gzip", "unpack it"},
    {"BZh", "compressed with bzip2", "unpack it"},
    {"\xFD\x37zXZ", "compressed with xz", "unpack it"},
    {"\x28\xB5\x2F\xFD", "compressed with Zstandard", "unpack it"},
}};

/// Whether a text begins as JSON does. No safetensors file does: its header would be too long.
bool is_json(std::string_view start);

/// What begins so and is no safetensors file, or nothing if that can't be told.
std::optional<file_kind> kind_of_file(std::string_view start);

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/io/file_kind.ipp>
#endif
