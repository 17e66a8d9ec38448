#pragma once
// What a file is that is no safetensors file, told by its first bytes.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <apd/io/stored_tensor.hpp>

namespace apd::detail {

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
inline bool is_json(std::string_view start) {
    if (start.starts_with("\xEF\xBB\xBF")) start.remove_prefix(3);
    const auto first = start.find_first_not_of(" \t\r\n");
    return start.size() >= 8 && first != start.npos && start[first] == '{' && std::ranges::all_of(start, is_text);
}

/// What begins so and is no safetensors file, or nothing if that can't be told.
inline std::optional<file_kind> kind_of_file(std::string_view start) {
    if (start.empty()) return file_kind{"empty", "copy or save it again"};
    if (start.starts_with("version https://git-lfs"))
        return file_kind{"a Git LFS pointer, which stands for the file", "fetch the file itself with `git lfs pull`"};
    if (start.starts_with("PK\3\4")) {  // a zip archive, in which the name of the first file stands at byte 30
        if (start.substr(std::min<std::size_t>(start.size(), 30), 200).find(".npy") != start.npos)
            return file_kind{"an .npz archive of NumPy", by_to_apd};
        return file_kind{"a zip archive, as PyTorch's .pt and .pth files are", by_to_apd};
    }
    // Before protocol 2 a pickle is text; a small number in the next byte would be a header's length.
    if (start.size() > 2 && start[0] == '\x80' && start[1] >= 2 && start[1] <= 5 && start[2] != 0)
        return file_kind{"a pickle of Python, as older PyTorch files are", by_to_apd};
    for (const auto& [begins, is, remedy] : file_magics)
        if (start.starts_with(begins)) return file_kind{std::string(is), remedy};
    if (start.size() > 262 && start.substr(257, 5) == "ustar") return file_kind{"a tar archive", "unpack it"};

    // Else a text, if it is one: what a server says in place of the file.
    const auto first = start.find_first_not_of(" \t\r\n");
    if (first == start.npos || start.size() < 8) return std::nullopt;
    if (start[first] == '<' || start.substr(first).starts_with("\xEF\xBB\xBF<"))
        return file_kind{"a page of HTML or XML, as a server sends in place of a file that it doesn't have",
                         "download it again"};
    if (is_json(start)) return file_kind{"JSON", "load the .safetensors or .safetensors.index.json beside it"};
    if (!std::ranges::all_of(start, is_text)) return std::nullopt;
    return file_kind{"a text that begins " + in_quotes(start.substr(first, 40)),
                     "give the .safetensors file, or download it again"};
}

}  // namespace apd::detail
