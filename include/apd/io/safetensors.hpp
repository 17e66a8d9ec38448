#pragma once
// Files of named arrays in the format safetensors.
//
// Format (https://huggingface.co/docs/safetensors): the length of the header as 8 bytes, little-endian; the header, in
// JSON; the data, which the tensors cover without holes or overlap, row-major and little-endian.

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/safetensors_header.hpp>
#include <apd/io/tensor_dtype.hpp>
#include <apd/io/tensors.hpp>

namespace apd {

/// The tensors of a file.
///
/// Errors: `apd::error` if the file can't be read or breaks the format in any point.
///
///     apd::save(model, folder / "model.safetensors");
///     const apd::tensors read = apd::load(folder / "model.safetensors");
tensors load(const std::filesystem::path& path);

/// The tensors in the bytes of a file; source: its name, for errors.
///
/// Errors: as `load`. No memory is taken on the word of the header alone.
tensors parse_safetensors(std::string_view bytes, std::string source);

/// The bytes of a file: the same tensors give the same bytes, and every tensor is aligned to its scalar.
///
/// Errors: `apd::error` if a name or a text of the metadata is not UTF-8, or the header is over 100 MB.
std::string to_safetensors(const tensors& contents);

/// Writes a file whole or not at all, as `write_file_atomically` does.
///
/// Errors: those of `to_safetensors` and of `write_file_atomically`.
void save(const tensors& contents, const std::filesystem::path& path);

/// The same for what can be written as tensors: the parameters of a network, the result of a decomposition.
template <class Contents>
    requires requires(const Contents& contents) {
        { contents.to_tensors() } -> std::same_as<tensors>;
    }
void save(const Contents& contents, const std::filesystem::path& path) { save(contents.to_tensors(), path); }

namespace detail {

static_assert(std::endian::native == std::endian::little, "safetensors: the data is copied as it is, little-endian");

/// The bound that the format's own reader sets.
inline constexpr std::size_t largest_safetensors_header = 100'000'000;

[[noreturn]] inline void refuse_safetensors(std::string_view source, const std::string& problem) {
    throw error(source, problem, "copy or save the file again");
}

/// The text of the header, cut out by the length in front of it.
inline std::string_view header_of(std::string_view bytes, std::string_view source) {
    if (bytes.size() < 8) {
        refuse_safetensors(source,
                           "the file has " + std::to_string(bytes.size()) + " bytes, a safetensors file at least 8");
    }
    std::uint64_t length = 0;
    std::copy_n(bytes.data(), 8, reinterpret_cast<char*>(&length));
    const std::string claim = "the header claims " + std::to_string(length) + " bytes, ";
    if (length > largest_safetensors_header) refuse_safetensors(source, claim + "the format allows 100 MB");
    if (length > bytes.size() - 8) {
        refuse_safetensors(source, claim + "the file has " + std::to_string(bytes.size() - 8) + " after the first 8");
    }
    return bytes.substr(8, static_cast<std::size_t>(length));
}

/// A tensor lies within the data and is as long as its shape and dtype say.
inline void check_place(const safetensors_header::record& record, std::size_t data_size, std::string_view source) {
    const auto& [name, dtype, shape, begin, end] = record;
    const std::string tensor = "tensor " + in_quotes(name) + " has ";
    const std::string offsets = "data_offsets [" + std::to_string(begin) + ", " + std::to_string(end) + "]";
    if (end < begin) refuse_safetensors(source, tensor + offsets + ", which end before they begin");
    if (end > data_size) {
        refuse_safetensors(source, tensor + offsets + ", outside the " + std::to_string(data_size) + " bytes of data");
    }
    const auto count = element_count(shape);
    if (!count) refuse_safetensors(source, tensor + "a shape with more elements than memory could hold");
    const std::size_t needed = *count * traits_of(dtype).size;
    if (end - begin != needed) {
        refuse_safetensors(source, tensor + std::to_string(end - begin) + " bytes of data, its shape and dtype need " +
                                       std::to_string(needed));
    }
}

/// Every byte of the data belongs to exactly one tensor. Sorts the records by their place.
inline void check_cover(std::vector<safetensors_header::record>& records, std::size_t data_size,
                        std::string_view source) {
    std::ranges::sort(records, {}, [](const auto& record) { return std::pair(record.begin, record.end); });
    std::size_t covered = 0;
    const auto check_hole = [&](std::size_t next) {
        if (next == covered) return;
        refuse_safetensors(source, "bytes " + std::to_string(covered) + " to " + std::to_string(next) +
                                       " of the data belong to no tensor");
    };
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (records[i].begin < covered) {
            refuse_safetensors(source, "tensors " + in_quotes(records[i - 1].name) + " and " +
                                           in_quotes(records[i].name) + " overlap");
        }
        check_hole(records[i].begin);
        covered = records[i].end;
    }
    check_hole(data_size);
}

}  // namespace detail

inline tensors parse_safetensors(std::string_view bytes, std::string source) {
    const std::string_view text = detail::header_of(bytes, source);
    const auto data = std::as_bytes(std::span(bytes.substr(8 + text.size())));
    auto [metadata, records] = parse_safetensors_header(text, source);
    for (const auto& record : records) detail::check_place(record, data.size(), source);
    detail::check_cover(records, data.size(), source);
    tensors result(std::move(source));
    result.metadata() = std::move(metadata);
    for (const auto& [name, dtype, shape, begin, end] : records) {
        result.set_bytes(name, dtype, shape, data.subspan(begin, end - begin));
    }
    return result;
}

inline tensors load(const std::filesystem::path& path) { return parse_safetensors(read_file(path), path.string()); }

inline std::string to_safetensors(const tensors& contents) {
    const std::string source = contents.source().empty() ? "safetensors" : contents.source();
    std::vector<std::string> names;
    for (const std::size_t size : {8U, 4U, 1U})  // larger scalars first: every tensor is aligned
        for (auto& name : contents.names())
            if (detail::traits_of(contents.dtype(name)).size == size) names.push_back(std::move(name));
    safetensors_header header{contents.metadata(), {}};
    std::size_t data_size = 0;
    for (const std::string& name : names) {
        const std::size_t begin = std::exchange(data_size, data_size + contents.bytes(name).size());
        header.records.push_back({name, contents.dtype(name), contents.shape(name), begin, data_size});
    }
    std::string text = to_json(header, source);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > detail::largest_safetensors_header) {
        throw error(source, "the header needs " + std::to_string(text.size()) + " bytes, the format allows 100 MB",
                    "shorten the metadata");
    }
    const std::uint64_t length = text.size();
    std::string file(reinterpret_cast<const char*>(&length), 8);
    file.reserve(8 + text.size() + data_size);
    file += text;
    for (const std::string& name : names) {
        const auto bytes = contents.bytes(name);
        file.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return file;
}

inline void save(const tensors& contents, const std::filesystem::path& path) {
    write_file_atomically(path, to_safetensors(contents));
}

}  // namespace apd
