#pragma once
// Bodies of what safetensors.hpp declares.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/file_kind.hpp>
#include <apd/io/matrix_order.hpp>
#include <apd/io/names.hpp>
#include <apd/io/npy.hpp>
#include <apd/io/safetensors.hpp>
#include <apd/io/safetensors_header.hpp>
#include <apd/io/shard_index.hpp>
#include <apd/io/stored_bytes.hpp>
#include <apd/io/stored_tensor.hpp>
#include <apd/io/tensors.hpp>

namespace apd::ext {
namespace detail {

/// The text of the header, cut out by the length in front of it. Errors: `apd::error` that says what the file is, if it
/// is something else.
inline std::string header_of(const stored_bytes& file, std::string_view source) {
    std::uint64_t length = 0;
    if (file.size() >= 8) file.read(0, std::as_writable_bytes(std::span(&length, 1)));
    const bool has_header = file.size() >= 8 && length <= file.size() - 8 && length <= largest_safetensors_header;
    std::string text = has_header ? file.text(8, static_cast<std::size_t>(length)) : std::string();
    if (const auto first = text.find_first_not_of(" \t\n\r"); first != text.npos && text[first] == '{') return text;
    if (const auto kind = kind_of_file(file.text(0, 512))) throw error(source, "the file is " + kind->is, kind->remedy);
    if (has_header) return text;
    if (file.size() < 8) {
        refuse_safetensors(source,
                           "the file has " + std::to_string(file.size()) + " bytes, a safetensors file at least 8");
    }
    const std::string claim = "the header claims " + std::to_string(length) + " bytes, ";
    if (length > largest_safetensors_header) refuse_safetensors(source, claim + "the format allows 100 MB");
    refuse_safetensors(source, claim + "the file has " + std::to_string(file.size() - 8) + " after the first 8");
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
    if (const auto needed = bytes_of(*count, dtype); needed && end - begin != *needed) {
        refuse_safetensors(source, tensor + std::to_string(end - begin) + " bytes of data, its shape and dtype need " +
                                       std::to_string(*needed));
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

/// Adds the tensors of one file. Errors: as `load`.
inline void add_file(tensors& to, const stored_bytes& file, std::string_view source, matrix_order order,
                     const names& rules) {
    const std::string text = header_of(file, source);
    const stored_bytes data = file.part(8 + text.size(), file.size() - 8 - text.size());
    auto [texts, records] = parse_safetensors_header(text, source);
    for (const auto& record : records) check_place(record, data.size(), source);
    check_cover(records, data.size(), source);
    if (texts.contains(own_files)) {
        if (order == matrix_order::out_in)
            throw error(source, "was written by apd, which stores matrices [in, out]", "load it without stored_out_in");
        order = matrix_order::in_out;
    }
    for (auto& [name, dtype, shape, begin, end] : records) {
        const auto renamed = rules.renamed(name);
        to.add(renamed.name, {dtype, shape, data.part(begin, end - begin),
                              renamed.order == matrix_order::unsaid ? order : renamed.order, name});
    }
    to.metadata().merge(texts);
}

/// The tensors of all files that an index names. Errors: as `load`.
inline tensors load_shards(const std::filesystem::path& index, const stored_bytes& file, matrix_order order,
                           const names& rules) {
    const std::string source = index.string();
    std::map<std::string, tensors> shards;  // with the names of the files
    std::map<std::string, std::string> owners;
    const auto places = read_shard_index(file.text(0, file.size()), source);
    for (const auto& [name, shard] : places) {
        const auto path = index.parent_path() / shard;
        if (const auto [entry, is_new] = shards.emplace(shard, path.string()); is_new) {
            add_file(entry->second, stored_bytes(path), path.string(), order, {});
            for (const auto& held : entry->second.names())
                if (const auto [owner, is_first] = owners.emplace(held, shard); !is_first)
                    throw error(source,
                                "tensor " + in_quotes(held) + " is in " + in_quotes(owner->second) + " and in " +
                                    in_quotes(shard),
                                "copy or download the model again");
        }
        if (!shards.at(shard).contains(name))
            throw error(path.string(), "lacks tensor " + in_quotes(name) + ", which the index places there",
                        "copy or download the model again");
    }
    tensors result(source);
    for (auto& [shard, contents] : shards) {
        for (const auto& name : contents.names()) {
            const auto renamed = rules.renamed(name);
            stored_tensor tensor = contents.copies(name).front();
            if (renamed.order != matrix_order::unsaid) tensor.order = renamed.order;
            result.add(renamed.name, std::move(tensor));
        }
        result.metadata().merge(contents.metadata());
    }
    return result;
}

}  // namespace detail

APD_INLINE tensors parse_safetensors(std::string_view bytes, std::string source, matrix_order order,
                                     const names& rules) {
    const auto memory = std::as_bytes(std::span(bytes));
    tensors result(std::move(source));
    detail::add_file(result, detail::stored_bytes(std::vector<std::byte>(memory.begin(), memory.end())),
                     result.source(), order, rules);
    return result;
}

APD_INLINE tensors load(const std::filesystem::path& path, matrix_order order, const names& rules) {
    const detail::stored_bytes file(path);
    if (detail::is_json(file.text(0, 64))) return detail::load_shards(path, file, order, rules);
    tensors result(path.string());
    if (detail::is_npy(file.text(0, 16))) {
        const auto renamed = rules.renamed(path.stem().string());
        detail::add_npy(result, file, result.source(), renamed.name,
                        renamed.order == matrix_order::unsaid ? order : renamed.order);
    } else {
        detail::add_file(result, file, result.source(), order, rules);
    }
    return result;
}

APD_INLINE tensors load(const std::filesystem::path& path, const names& rules) {
    return load(path, matrix_order::unsaid, rules);
}

namespace detail {

/// What stands before the data, and the tensors in the order of the data.
struct safetensors_layout {
    std::string head;
    std::vector<std::string> names;
    std::size_t data_size = 0;
};
inline safetensors_layout layout_of(const tensors& contents) {
    const std::string source = contents.source().empty() ? "safetensors" : contents.source();
    safetensors_layout layout;
    for (const std::size_t bits : {64U, 32U, 16U, 8U, 0U})  // larger scalars first: every tensor is aligned
        for (auto& name : contents.names()) {
            const auto found = value_bits(contents.dtype_name(name)).value_or(0);
            if (found == bits || (bits == 0 && found < 8)) layout.names.push_back(std::move(name));
        }
    safetensors_header header{contents.metadata(), {}};
    for (const std::string& name : layout.names) {
        const std::size_t begin = layout.data_size;
        layout.data_size += contents.copies(name).front().bytes.size();
        header.records.push_back(
            {name, std::string(contents.dtype_name(name)), contents.shape(name), begin, layout.data_size});
    }
    std::string text = to_json(header, source);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > largest_safetensors_header) {
        throw error(source, "the header needs " + std::to_string(text.size()) + " bytes, the format allows 100 MB",
                    "shorten the metadata");
    }
    const std::uint64_t length = text.size();
    layout.head = std::string(reinterpret_cast<const char*>(&length), 8) + text;
    return layout;
}

}  // namespace detail

APD_INLINE std::string to_safetensors(const tensors& contents) {
    const auto layout = detail::layout_of(contents);
    std::string file;
    file.reserve(layout.head.size() + layout.data_size);
    file += layout.head;
    for (const std::string& name : layout.names) {
        const auto bytes = contents.bytes(name);
        file.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return file;
}

APD_INLINE void save(const tensors& contents, const std::filesystem::path& path) {
    const auto layout = detail::layout_of(contents);
    detail::write_file_atomically(path, [&](const detail::byte_sink& sink) {
        bool goes_on = sink(std::as_bytes(std::span(layout.head)));
        for (auto name = layout.names.begin(); goes_on && name != layout.names.end(); ++name)
            contents.for_each_piece(*name, [&](std::span<const std::byte> piece) { return goes_on = sink(piece); });
        return goes_on;
    });
}

}  // namespace apd::ext
