#pragma once
// Named arrays and named texts, as a file holds them.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <xtensor/xarray.hpp>

#include <apd/core/error.hpp>
#include <apd/io/tensor_dtype.hpp>

namespace apd {

/// An array or expression of xtensor whose values can be stored.
template <typename E>
concept tensor_expression = xt::is_xexpression<E>::value && tensor_scalar<typename E::value_type>;

/// Values of a tensor in row-major order: a vector, an array or a span.
template <typename R>
concept tensor_values =
    std::ranges::contiguous_range<R> && std::ranges::sized_range<R> && tensor_scalar<std::ranges::range_value_t<R>>;

namespace detail {

/// A name for a message: in quotes, on one line and not endless, whatever a file gives as a name.
inline std::string in_quotes(std::string_view name) {
    std::size_t length = std::min<std::size_t>(name.size(), 80);
    const auto inside_character = [&](std::size_t i) { return (static_cast<unsigned char>(name[i]) & 0xC0U) == 0x80U; };
    while (length > 0 && length < name.size() && inside_character(length)) --length;
    std::string text(name.substr(0, length));
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; }, '?');
    return "'" + text + (length < name.size() ? "…'" : "'");
}

/// The number of elements of a shape. None if the memory could never be addressed; zeros do not excuse the other
/// extents, because strides are made from them.
inline std::optional<std::size_t> element_count(std::span<const std::size_t> shape) {
    std::size_t room = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(double);
    std::size_t count = 1;
    for (const std::size_t extent : shape) {
        if (extent > room) return std::nullopt;
        if (extent > 0) room /= extent;
        count *= extent;
    }
    return count;
}

}  // namespace detail

/// Named arrays in order of their names, and a text under each key of the metadata.
///
/// Arrays are row-major. `get` converts between F32 and F64, and integers and BOOL to any number that holds the value.
/// Errors: `apd::error` that names the source, the tensor and what is there instead.
///
///     apd::tensors model;
///     model.set("weight", xt::xarray<float>{{1, 2}, {3, 4}});
///     model.set("scale", {}, std::vector{0.5});
///     model.metadata()["kind"] = "tms";
///     const xt::xarray<double> weight = model.get<double>("weight");
class tensors {
  public:
    template <tensor_number T>
    using array = xt::xarray<T, xt::layout_type::row_major>;

    tensors() = default;

    /// source: the name of the file, for errors.
    explicit tensors(std::string source) : source_(std::move(source)) {}

    const std::string& source() const { return source_; }

    bool contains(std::string_view name) const { return arrays_.find(name) != arrays_.end(); }

    std::vector<std::string> names() const {
        std::vector<std::string> result;
        for (const auto& [name, values] : arrays_) result.push_back(name);
        return result;
    }

    std::vector<std::size_t> shape(std::string_view name) const {
        return std::visit(
            [](const auto& values) { return std::vector<std::size_t>(values.shape().begin(), values.shape().end()); },
            find(name));
    }

    tensor_dtype dtype(std::string_view name) const { return static_cast<tensor_dtype>(find(name).index()); }

    /// The memory of a tensor, row-major.
    std::span<const std::byte> bytes(std::string_view name) const {
        return std::visit([](const auto& values) { return std::as_bytes(std::span(values.data(), values.size())); },
                          find(name));
    }

    /// A tensor as an array of T.
    ///
    /// Errors: `apd::error` if there is no such tensor, its dtype is of another kind, or T can't hold a value.
    template <tensor_number T>
    array<T> get(std::string_view name) const {
        return std::visit(
            [&]<tensor_scalar Stored>(const array<Stored>& values) -> array<T> {
                if constexpr (detail::same_kind<Stored, T>) {
                    array<T> result = array<T>::from_shape(values.shape());
                    for (std::size_t i = 0; i < values.size(); ++i) {
                        if (!detail::fits<T>(values.data()[i])) {
                            refuse(name, "holds " + std::to_string(values.data()[i]) + ", which the asked type can't",
                                   "read it as the dtype it is stored in, " + std::string(to_string(dtype(name))));
                        }
                        result.data()[i] = static_cast<T>(values.data()[i]);
                    }
                    return result;
                } else {
                    refuse(name, "is stored as " + std::string(to_string(dtype(name))),
                           std::floating_point<Stored> ? "read it as float or double" : "read it as integers");
                }
            },
            find(name));
    }

    /// Stores the values of an xtensor expression, in place of a tensor of that name.
    template <tensor_expression E>
    void set(std::string name, const E& values) {
        put(std::move(name), array<typename E::value_type>(values));
    }

    /// Stores values in row-major order.
    ///
    /// Errors: `apd::error` if their number is not that of the shape.
    template <tensor_values R>
    void set(std::string name, const std::vector<std::size_t>& shape, const R& values) {
        array<std::ranges::range_value_t<R>> stored;
        fill(name, stored, shape, std::as_bytes(std::span(std::ranges::data(values), std::ranges::size(values))));
        put(std::move(name), std::move(stored));
    }

    /// Stores the memory of a tensor, row-major.
    ///
    /// Errors: `apd::error` if there are not as many bytes as the shape needs, or one of BOOL is neither 0 nor 1.
    void set_bytes(std::string name, tensor_dtype dtype, const std::vector<std::size_t>& shape,
                   std::span<const std::byte> bytes) {
        static const std::array<any_array, 6> kinds{array<float>{},        array<double>{},
                                                    array<bool>{},         array<std::int32_t>{},
                                                    array<std::int64_t>{}, array<std::uint8_t>{}};
        any_array values = kinds[static_cast<std::size_t>(dtype)];
        std::visit([&](auto& stored) { fill(name, stored, shape, bytes); }, values);
        put(std::move(name), std::move(values));
    }

    std::map<std::string, std::string>& metadata() { return metadata_; }
    const std::map<std::string, std::string>& metadata() const { return metadata_; }

  private:
    using any_array = std::variant<array<float>, array<double>, array<bool>, array<std::int32_t>, array<std::int64_t>,
                                   array<std::uint8_t>>;

    [[noreturn]] void refuse(std::string_view name, const std::string& problem, std::string_view remedy) const {
        throw error(source_.empty() ? "tensors" : source_, "tensor " + detail::in_quotes(name) + " " + problem, remedy);
    }

    const any_array& find(std::string_view name) const {
        const auto found = arrays_.find(name);
        if (found != arrays_.end()) return found->second;
        std::string known;
        std::size_t listed = 0;
        for (auto entry = arrays_.begin(); entry != arrays_.end() && listed < 8; ++entry, ++listed) {
            known += (listed > 0 ? ", " : "") + detail::in_quotes(entry->first);
        }
        if (listed < arrays_.size()) known += " and " + std::to_string(arrays_.size() - listed) + " more";
        refuse(name, "is missing", arrays_.empty() ? "there are no tensors" : "there are " + known);
    }

    template <tensor_scalar T>
    void fill(std::string_view name, array<T>& stored, const std::vector<std::size_t>& shape,
              std::span<const std::byte> bytes) const {
        const std::optional<std::size_t> count = detail::element_count(shape);
        if (!count || *count != bytes.size() / sizeof(T) || bytes.size() % sizeof(T) != 0) {
            refuse(name, "has " + std::to_string(bytes.size() / sizeof(T)) + " values, which do not fill its shape",
                   "give one value for each element");
        }
        if (std::same_as<T, bool> && std::ranges::any_of(bytes, [](std::byte b) { return b > std::byte{1}; })) {
            refuse(name, "is BOOL and holds a byte that is neither 0 nor 1", "save it as U8");
        }
        stored = array<T>::from_shape(shape);
        std::ranges::copy(bytes, reinterpret_cast<std::byte*>(stored.data()));
    }

    void put(std::string name, any_array values) {
        if (name == "__metadata__") refuse(name, "has the name that files keep for metadata", "choose another name");
        arrays_.insert_or_assign(std::move(name), std::move(values));
    }

    std::string source_;
    std::map<std::string, any_array, std::less<>> arrays_;
    std::map<std::string, std::string> metadata_;
};

}  // namespace apd
