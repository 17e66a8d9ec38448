#pragma once
// Bodies of what file_kind.hpp declares.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <apd/core/annotations.hpp>
#include <apd/io/file_kind.hpp>
#include <apd/io/stored_tensor.hpp>

namespace apd::ext::detail {

APD_INLINE bool is_json(std::string_view start) {
    if (start.starts_with("\xEF\xBB\xBF")) start.remove_prefix(3);
    const auto first = start.find_first_not_of(" \t\r\n");
    return start.size() >= 8 && first != start.npos && start[first] == '{' && std::ranges::all_of(start, is_text);
}

APD_INLINE std::optional<file_kind> kind_of_file(std::string_view start) {
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

}  // namespace apd::ext::detail
