#pragma once
// The index of a model that is spread over several files, model.safetensors.index.json.

#include <map>
#include <string>
#include <string_view>

namespace apd::ext::detail {

/// The file of every tensor, from {"metadata": …, "weight_map": {tensor: file}}; source: the name of the index, for
/// errors. Errors: `apd::error` if there are none, or if a file lies elsewhere than beside the index.
std::map<std::string, std::string> read_shard_index(std::string_view text, std::string_view source);

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/io/shard_index.ipp>
#endif
