#pragma once
// Files of named arrays in the format safetensors.
//
// Format (https://huggingface.co/docs/safetensors): the length of the header as 8 bytes, little-endian; the header, in
// JSON; the data, which the tensors cover without holes or overlap, row-major and little-endian.

#include <bit>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/io/matrix_order.hpp>
#include <apd/io/names.hpp>
#include <apd/io/safetensors_header.hpp>
#include <apd/io/shard_index.hpp>
#include <apd/io/stored_bytes.hpp>
#include <apd/io/stored_tensor.hpp>
#include <apd/io/tensors.hpp>

namespace apd::ext {

/// The tensors of a file, or of all files that an index names (model.safetensors.index.json). An .npy array is one
/// tensor, of the name that its file has without ".npy".
///
/// order: which way the file holds its matrices, as nothing in it says; see matrix_order.hpp. Files that this library
/// wrote say it. rules: what the tensors are called in the network; see names.hpp.
/// Only the header is read here. A tensor is read when it is asked for, straight to where it is wanted, so that those
/// that nobody asks for cost nothing, whatever their dtype.
/// Errors: `apd::error` if the file can't be read or breaks the format; if it is something else, what. Of an index: if
/// a file lacks a tensor, or two have one of the same name.
///
///     apd::save(model, folder / "model.safetensors");
///     const apd::tensors read = apd::load(folder / "model.safetensors");
///     // of PyTorch: apd::load("model.safetensors", apd::stored_out_in, apd::names({{"fc.weight", "W"}}))
tensors load(const std::filesystem::path& path, matrix_order order = matrix_order::unsaid, const names& rules = {});
tensors load(const std::filesystem::path& path, const names& rules);

/// The tensors in the bytes of a file; source: its name, for errors.
///
/// Errors: as `load`. No memory is taken on the word of the header alone.
tensors parse_safetensors(std::string_view bytes, std::string source, matrix_order order = matrix_order::unsaid,
                          const names& rules = {});

/// The bytes of a file: the same tensors give the same bytes, and every tensor is aligned to its scalar. Matrices stay
/// as they are, [in, out] or not.
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

/// The key of the metadata that says that apd wrote a file, whose matrices are then [in, out]; its value is the
/// version.
inline constexpr const char* own_files = "apd";

[[noreturn]] inline void refuse_safetensors(std::string_view source, const std::string& problem) {
    throw error(source, problem, "copy or save the file again");
}

}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::load, ext::parse_safetensors, ext::to_safetensors, ext::save;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/io/safetensors.ipp>
#endif
