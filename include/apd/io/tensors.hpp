#pragma once
// Named arrays and named texts, as a file holds them.

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/core/xtensor.hpp>
#include <apd/io/stored_tensor.hpp>
#include <apd/io/tensor_dtype.hpp>

namespace apd::ext {

/// An array or expression of xtensor whose values can be stored.
template <typename E>
concept tensor_expression = xt::is_xexpression<E>::value && tensor_scalar<typename E::value_type>;

/// Values of a tensor in row-major order: a vector, an array or a span.
template <typename R>
concept tensor_values =
    std::ranges::contiguous_range<R> && std::ranges::sized_range<R> && tensor_scalar<std::ranges::range_value_t<R>>;

/// Named arrays in order of their names, and a text under each key of the metadata.
///
/// Arrays are row-major. `get` converts between floating point of any width, and integers and BOOL to any number that
/// holds the value; of other dtypes (F8_E4M3, C64, …) the bytes are kept. What comes from a file is read from it when
/// it is asked for: the file stays open as long as there is a copy of its tensors. Errors: `apd::error` that names the
/// source, the tensor and what is there instead.
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

    std::vector<std::string> names() const;

    std::vector<std::size_t> shape(std::string_view name) const { return find(name).shape; }

    tensor_dtype dtype(std::string_view name) const { return detail::dtype_named(dtype_name(name)); }

    /// The dtype as the file calls it, such as "F8_E4M3".
    std::string_view dtype_name(std::string_view name) const { return find(name).dtype; }

    /// A copy of the memory of a tensor, row-major. Errors: those of `read`.
    std::vector<std::byte> bytes(std::string_view name) const;

    /// f(piece) for its bytes, one piece after the other, until it is false: they need no memory at once. Errors: those
    /// of `read`.
    template <class F>
    void for_each_piece(std::string_view name, F&& f) const {
        if (copies(name).size() > 1) f(std::span<const std::byte>(bytes(name)));  // are they equal?
        else find(name).bytes.for_each_piece(f);
    }

    /// A tensor as an array of T.
    ///
    /// Errors: `apd::error` if there is no such tensor, its dtype is of another kind, or T can't hold a value; if it is
    /// there twice, under two names of a file, and not equal; if the file can't be read any more.
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
        const auto& all = copies(name);
        if (const auto count = detail::element_count(all.front().shape); count != numbers.size())
            refuse(name, "has " + std::to_string(*count) + " values, not " + std::to_string(numbers.size()),
                   "ask for its shape");
        for (const auto& copy : all) {
            if (copy.shape != all.front().shape || copy.order != all.front().order) refuse_different(name);
            read_copy<T>(name, copy, &copy == &all.front(), [&](std::size_t i) -> T& { return numbers[i]; });
        }
    }

    /// The tensors of that name: one, or several where a file has several that `names` makes one of.
    const std::vector<detail::stored_tensor>& copies(std::string_view name) const;
    /// Value number i of one of them to `place(i)`: the first is written there, of a further one each must be there.
    template <tensor_number T>
    void read_copy(std::string_view name, const detail::stored_tensor& copy, bool is_first, auto&& place) const {
        const auto refused = [&](const std::string& problem, std::string_view remedy) {
            refuse(name, problem, remedy);
        };
        const std::size_t most = std::min(copy.size(), detail::numbers_at_once);
        const auto values = std::make_unique<T[]>(most);  // NOLINT: a vector<bool> has no memory to read to
        for (std::size_t first = 0; first < copy.size(); first += most) {
            const std::size_t size = std::min(most, copy.size() - first);
            copy.read(first, std::span(values.get(), size), refused);
            for (std::size_t i = 0; i < size; ++i) {
                T& there = place(first + i);
                if (is_first) there = values[i];
                else if (!std::equal_to{}(there, values[i]) && !both_nan(there, values[i])) refuse_different(name);
            }
        }
    }
    /// One more tensor, as a file holds it.
    void add(std::string name, detail::stored_tensor tensor);

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
                   std::span<const std::byte> bytes);

    /// Stores a tensor that lies elsewhere: read(begin, to) copies the bytes from `begin` on when they are asked for,
    /// and is good as long as this is, and its copies are.
    void set_later(std::string name, tensor_dtype dtype, const std::vector<std::size_t>& shape,
                   detail::stored_bytes::reader read);

    std::map<std::string, std::string>& metadata() { return metadata_; }
    const std::map<std::string, std::string>& metadata() const { return metadata_; }

  private:
    [[noreturn]] void refuse(std::string_view name, const std::string& problem, std::string_view remedy) const;

    template <class T>
    static bool both_nan(T a, T b) {
        if constexpr (std::floating_point<T>) return std::isnan(a) && std::isnan(b);
        else return false;
    }
    [[noreturn]] void refuse_different(std::string_view name) const;
    [[noreturn]] void refuse_missing(std::string_view name) const;
    const detail::stored_tensor& find(std::string_view name) const { return copies(name).front(); }

    std::string source_;
    std::map<std::string, std::vector<detail::stored_tensor>, std::less<>> arrays_;
    std::map<std::string, std::string> metadata_;
};

}  // namespace apd::ext

namespace apd {
using ext::tensors;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/io/tensors.ipp>
#endif
