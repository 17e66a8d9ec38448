#pragma once
// Bodies of what tensors.hpp declares.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/stored_tensor.hpp>
#include <apd/io/tensor_dtype.hpp>
#include <apd/io/tensors.hpp>

namespace apd::ext {

APD_INLINE std::vector<std::string> tensors::names() const {
    std::vector<std::string> result;
    for (const auto& [name, values] : arrays_) result.push_back(name);
    return result;
}

APD_INLINE std::vector<std::byte> tensors::bytes(std::string_view name) const {
    const auto& all = copies(name);
    auto result = all.front().bytes.all();
    for (const auto& copy : all)
        if (copy.dtype != all.front().dtype || copy.shape != all.front().shape || copy.bytes.all() != result)
            refuse_different(name);
    return result;
}

APD_INLINE const std::vector<detail::stored_tensor>& tensors::copies(std::string_view name) const {
    const auto found = arrays_.find(name);
    if (found != arrays_.end()) return found->second;
    refuse_missing(name);
}

APD_INLINE void tensors::add(std::string name, detail::stored_tensor tensor) {
    arrays_[std::move(name)].push_back(std::move(tensor));
}

APD_INLINE void tensors::set_bytes(std::string name, tensor_dtype dtype, const std::vector<std::size_t>& shape,
                                   std::span<const std::byte> bytes) {
    if (name == "__metadata__") refuse(name, "has the name that files keep for metadata", "choose another name");
    if (dtype == tensor_dtype::other) refuse(name, "has no dtype", "set it as one that can be read");
    const std::size_t size = *detail::value_bits(to_string(dtype)) / 8;
    const std::optional<std::size_t> count = detail::element_count(shape);
    if (!count || *count != bytes.size() / size || bytes.size() % size != 0) {
        refuse(name, "has " + std::to_string(bytes.size() / size) + " values, which do not fill its shape",
               "give one value for each element");
    }
    if (dtype == tensor_dtype::boolean && std::ranges::any_of(bytes, [](std::byte b) { return b > std::byte{1}; }))
        refuse(name, "is BOOL and holds a byte that is neither 0 nor 1", "save it as U8");
    arrays_[std::move(name)] = {{std::string(to_string(dtype)), shape,
                                 detail::stored_bytes(std::vector<std::byte>(bytes.begin(), bytes.end()))}};
}

APD_INLINE void tensors::set_later(std::string name, tensor_dtype dtype, const std::vector<std::size_t>& shape,
                                   detail::stored_bytes::reader read) {
    if (name == "__metadata__") refuse(name, "has the name that files keep for metadata", "choose another name");
    if (dtype == tensor_dtype::other) refuse(name, "has no dtype", "set it as one that can be read");
    const auto count = detail::element_count(shape);
    const auto size = count ? detail::bytes_of(*count, to_string(dtype)) : std::nullopt;
    if (!size) refuse(name, "has a shape with more elements than memory could hold", "give its shape");
    arrays_[std::move(name)] = {{std::string(to_string(dtype)), shape, detail::stored_bytes(*size, std::move(read))}};
}

APD_INLINE void tensors::refuse(std::string_view name, const std::string& problem, std::string_view remedy) const {
    throw error(source_.empty() ? "tensors" : source_, "tensor " + detail::in_quotes(name) + " " + problem, remedy);
}

APD_INLINE void tensors::refuse_different(std::string_view name) const {
    refuse(name, "is there twice, and not the same", "give the two different names");
}

APD_INLINE void tensors::refuse_missing(std::string_view name) const {
    std::string known;
    std::size_t listed = 0;
    for (auto entry = arrays_.begin(); entry != arrays_.end() && listed < 8; ++entry, ++listed) {
        known += (listed > 0 ? ", " : "") + detail::in_quotes(entry->first);
    }
    if (listed < arrays_.size()) known += " and " + std::to_string(arrays_.size() - listed) + " more";
    refuse(name, "is missing", arrays_.empty() ? "there are no tensors" : "there are " + known);
}

}  // namespace apd::ext
