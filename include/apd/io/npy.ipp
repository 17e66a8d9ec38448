#pragma once
// Bodies of what npy.hpp declares.

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/io/npy.hpp>
#include <apd/io/stored_bytes.hpp>
#include <apd/io/stored_tensor.hpp>
#include <apd/io/tensors.hpp>

namespace apd::ext::detail {

APD_INLINE bool is_npy(std::string_view start) { return start.starts_with("\x93NUMPY"); }

[[noreturn]] inline void refuse_npy(std::string_view source, const std::string& problem, std::string_view remedy) {
    throw error(source, "the array " + problem, remedy);
}
// What stands behind 'key': in the header, a dictionary as Python writes it; empty if there is no such key.
inline std::string_view npy_entry(std::string_view header, std::string_view key) {
    const auto place = header.find(key);
    if (place == header.npos) return {};
    header.remove_prefix(place + key.size());
    const auto first = header.find_first_not_of("' :\"");
    return first == header.npos ? std::string_view() : header.substr(first);
}
inline std::string dtype_of_npy(std::string_view descr) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 12> known{{{"f2", "F16"},
                                                                                   {"f4", "F32"},
                                                                                   {"f8", "F64"},
                                                                                   {"b1", "BOOL"},
                                                                                   {"i1", "I8"},
                                                                                   {"i2", "I16"},
                                                                                   {"i4", "I32"},
                                                                                   {"i8", "I64"},
                                                                                   {"u1", "U8"},
                                                                                   {"u2", "U16"},
                                                                                   {"u4", "U32"},
                                                                                   {"u8", "U64"}}};
    if (descr.empty()) return {};
    for (const auto& [code, name] : known)
        if (descr.substr(1, 3) == std::string(code) + "'") return std::string(name);
    return {};
}

APD_INLINE void add_npy(tensors& to, const stored_bytes& file, std::string_view source, const std::string& name,
                        matrix_order order) {
    const auto cut_off = [&] { refuse_npy(source, "is cut off", "copy or save it again"); };
    std::array<std::uint8_t, 12> start{};
    if (file.size() < start.size()) cut_off();
    file.read(0, std::as_writable_bytes(std::span(start)));
    const bool is_first_version = start[6] == 1;  // later ones have four bytes for the length of the header
    std::size_t length = start[8] | std::size_t{start[9]} << 8U;
    if (!is_first_version) length |= std::size_t{start[10]} << 16U | std::size_t{start[11]} << 24U;
    const std::size_t begin = is_first_version ? 10 : 12;
    if (length > file.size() - begin) cut_off();
    const std::string header = file.text(begin, length);

    const auto descr = npy_entry(header, "descr");
    const std::string dtype = dtype_of_npy(descr);
    if (descr.starts_with('>'))
        refuse_npy(source, "has numbers whose highest byte comes first", "save it with .astype('<f4') or the like");
    if (dtype.empty())
        refuse_npy(source, "is of " + in_quotes(descr.substr(0, descr.find("',"))),
                   "save it as numbers, such as .astype('float32')");
    std::vector<std::size_t> shape;
    std::string_view sizes = npy_entry(header, "shape");
    sizes = sizes.substr(0, sizes.find(')'));
    for (std::size_t at = 0; at < sizes.size();) {
        std::size_t size = 0;
        const auto [end, problem] = std::from_chars(sizes.data() + at, sizes.data() + sizes.size(), size);
        if (problem == std::errc::invalid_argument) {
            ++at;
            continue;
        }
        shape.push_back(problem == std::errc() ? size : static_cast<std::size_t>(-1));
        at = static_cast<std::size_t>(end - sizes.data());
    }
    if (npy_entry(header, "fortran_order").starts_with("True") && shape.size() > 1)
        refuse_npy(source, "is in the order of Fortran", "save numpy.ascontiguousarray of it");
    const auto count = element_count(shape);
    const auto bytes = count ? bytes_of(*count, dtype) : std::nullopt;
    if (!bytes) refuse_npy(source, "has a shape with more elements than memory could hold", "save it again");
    if (*bytes != file.size() - begin - length) {
        if (*bytes > file.size() - begin - length) cut_off();
        refuse_npy(source, "has more bytes than its shape needs", "save it again");
    }
    to.add(name, {dtype, shape, file.part(begin + length, *bytes), order, name});
}

}  // namespace apd::ext::detail
