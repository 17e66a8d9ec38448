#pragma once
// Named arrays and named texts, as a file holds them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/core/xtensor.hpp>
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

    std::vector<std::size_t> shape(std::string_view name) const { return find(name).shape; }

    tensor_dtype dtype(std::string_view name) const { return find(name).dtype; }

    /// The memory of a tensor, row-major.
    std::span<const std::byte> bytes(std::string_view name) const { return find(name).bytes; }

    /// A tensor as an array of T.
    ///
    /// Errors: `apd::error` if there is no such tensor, its dtype is of another kind, or T can't hold a value.
    template <tensor_number T>
    array<T> get(std::string_view name) const {
        array<T> result = array<T>::from_shape(shape(name));
        read(name, std::span<T>(result.data(), result.size()));
        return result;
    }

    /// Copies the values of a tensor, row-major, to as many numbers.
    ///
    /// Errors: those of `get`, and `apd::error` if there are more or fewer numbers than values.
    template <tensor_number T>
    void read(std::string_view name, std::span<T> numbers) const {
        const stored& from = find(name);
        if (const std::size_t count = from.bytes.size() / detail::traits_of(from.dtype).size; count != numbers.size())
            refuse(name, "has " + std::to_string(count) + " values, not " + std::to_string(numbers.size()),
                   "ask for its shape");
        switch (from.dtype) {
            case tensor_dtype::f32:
                return convert<float>(name, from.bytes, numbers);
            case tensor_dtype::f64:
                return convert<double>(name, from.bytes, numbers);
            case tensor_dtype::boolean:
                return convert<bool>(name, from.bytes, numbers);
            case tensor_dtype::i32:
                return convert<std::int32_t>(name, from.bytes, numbers);
            case tensor_dtype::i64:
                return convert<std::int64_t>(name, from.bytes, numbers);
            case tensor_dtype::u8:
                return convert<std::uint8_t>(name, from.bytes, numbers);
        }
    }

    /// Stores the values of an xtensor expression, in place of a tensor of that name.
    template <tensor_expression E>
    void set(std::string name, const E& values) {
        const array<typename E::value_type> rows(values);
        set(std::move(name), std::vector<std::size_t>(rows.shape().begin(), rows.shape().end()),
            std::span(rows.data(), rows.size()));
    }

    /// Stores values in row-major order.
    ///
    /// Errors: `apd::error` if their number is not that of the shape.
    template <tensor_values R>
    void set(std::string name, const std::vector<std::size_t>& shape, const R& values) {
        set_bytes(std::move(name), detail::dtype_of<std::ranges::range_value_t<R>>, shape,
                  std::as_bytes(std::span(std::ranges::data(values), std::ranges::size(values))));
    }

    /// Stores the memory of a tensor, row-major.
    ///
    /// Errors: `apd::error` if there are not as many bytes as the shape needs, or one of BOOL is neither 0 nor 1.
    void set_bytes(std::string name, tensor_dtype dtype, const std::vector<std::size_t>& shape,
                   std::span<const std::byte> bytes) {
        if (name == "__metadata__") refuse(name, "has the name that files keep for metadata", "choose another name");
        const std::size_t size = detail::traits_of(dtype).size;
        const std::optional<std::size_t> count = detail::element_count(shape);
        if (!count || *count != bytes.size() / size || bytes.size() % size != 0) {
            refuse(name, "has " + std::to_string(bytes.size() / size) + " values, which do not fill its shape",
                   "give one value for each element");
        }
        if (dtype == tensor_dtype::boolean && std::ranges::any_of(bytes, [](std::byte b) { return b > std::byte{1}; }))
            refuse(name, "is BOOL and holds a byte that is neither 0 nor 1", "save it as U8");
        arrays_.insert_or_assign(std::move(name), stored{dtype, shape, {bytes.begin(), bytes.end()}});
    }

    std::map<std::string, std::string>& metadata() { return metadata_; }
    const std::map<std::string, std::string>& metadata() const { return metadata_; }

  private:
    struct stored {
        tensor_dtype dtype;
        std::vector<std::size_t> shape;
        std::vector<std::byte> bytes;
    };

    [[noreturn]] void refuse(std::string_view name, const std::string& problem, std::string_view remedy) const {
        throw error(source_.empty() ? "tensors" : source_, "tensor " + detail::in_quotes(name) + " " + problem, remedy);
    }

    const stored& find(std::string_view name) const {
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

    template <tensor_scalar Stored, tensor_number T>
    void convert(std::string_view name, std::span<const std::byte> bytes, std::span<T> numbers) const {
        if constexpr (std::same_as<Stored, T>) {
            std::ranges::copy(bytes, std::as_writable_bytes(numbers).begin());
        } else if constexpr (detail::same_kind<Stored, T>) {
            for (std::size_t i = 0; i < numbers.size(); ++i) {
                Stored value;
                std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
                if (!detail::fits<T>(value)) {
                    refuse(name, "holds " + std::to_string(value) + ", which the asked type can't",
                           "read it as the dtype it is stored in, " + std::string(to_string(dtype(name))));
                }
                numbers[i] = static_cast<T>(value);
            }
        } else {
            refuse(name, "is stored as " + std::string(to_string(dtype(name))),
                   std::floating_point<Stored> ? "read it as float or double" : "read it as integers");
        }
    }

    std::string source_;
    std::map<std::string, stored, std::less<>> arrays_;
    std::map<std::string, std::string> metadata_;
};

}  // namespace apd
