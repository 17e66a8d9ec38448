#pragma once
// The parameters of a network as files hold them, this library's and others'.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/io/matrix_order.hpp>
#include <apd/io/tensors.hpp>

namespace apd::ext::detail {

template <class Shape>
std::vector<std::size_t> shape_of() {
    return {Shape::sizes.begin(), Shape::sizes.end()};
}

inline constexpr std::size_t product_of(std::span<const std::size_t> sizes) {
    std::size_t product = 1;
    for (const std::size_t size : sizes) product *= size;
    return product;
}

template <class T>
void check_finite(std::span<const T> values, std::string_view where, const std::string& name) {
    if (!std::ranges::all_of(values, [](T value) { return std::isfinite(value); }))
        throw error(where, "tensor '" + name + "' holds NaN or infinity",
                    "take what was saved before its training diverged, or train it again at a lower learning rate");
}

inline std::string source_of(const tensors& file) { return file.source().empty() ? "parameters" : file.source(); }

/// Reads a tensor that has the shape that is asked for. Errors: `apd::error` if it is missing, has another shape, or
/// holds NaN or infinity where all should be finite.
template <class T>
void read_tensor(const tensors& file, const std::string& name, const std::vector<std::size_t>& shape,
                 std::vector<T>& values, bool all_finite = true) {
    if (const auto found = file.shape(name); found != shape)
        throw error(source_of(file),
                    "tensor '" + name + "' has shape " + in_brackets(found) + ", expected " + in_brackets(shape),
                    "save it in the shape that the network declares, or declare the network of the file");
    values.resize(element_count(shape).value());
    file.read(name, std::span(values));
    if (all_finite) check_finite(std::span<const T>(values), source_of(file), name);
}

/// A matrix [rows, columns] of a network, and how others hold it.
struct matrix_layout {
    std::size_t rows, columns;
    bool has_bias_row;     ///< the last row is a bias, which others store beside the matrix
    std::size_t width;     ///< of a convolution's kernels, else 1: the rows are [width, channels]
    std::size_t high = 0;  ///< of kernels of images, else 0: the rows are [high, width/high, channels]

    /// The layout of parameter number P; without rows if it is no matrix, as a table of words is none.
    template <class Net, std::size_t P>
    static constexpr matrix_layout of() {
        using layer = typename Net::template parameter_at<P>;
        constexpr bool is_table = requires { requires layer::is_table; };
        if constexpr (layer::shape::sizes.size() != 2 || is_table) return {0, 0, false, 1};
        else return of_matrix<Net, P>();
    }
    template <class Net, std::size_t P>
    static constexpr matrix_layout of_matrix() {
        constexpr std::size_t l = Net::parametrised[P];
        using before = typename Net::template layer_at<l == 0 ? 0 : l - 1>;
        constexpr auto sizes = Net::template parameter_at<P>::shape::sizes;
        matrix_layout layout{sizes[0], sizes[1], false, 1};
        if constexpr (l > 0 && requires { before::appends_one; }) layout.has_bias_row = true;
        if constexpr (l > 0 && requires { before::window_width; }) layout.width = before::window_width;
        if constexpr (l > 0 && requires { before::window_height; }) layout.high = before::window_height;
        return layout;
    }

    /// The shape of so many rows in a file of that order.
    std::vector<std::size_t> stored(std::size_t height, matrix_order order) const {
        return order == matrix_order::out_in ? std::vector{columns, height} : std::vector{height, columns};
    }
    bool fits(const std::vector<std::size_t>& shape, matrix_order order) const {
        std::vector<std::size_t> kernels{width};
        if (high > 0) kernels = {high, width / high};
        const std::vector before{columns, rows / width}, behind{rows / width, columns};
        if (order == matrix_order::out_in) kernels.insert(kernels.begin(), before.begin(), before.end());
        else kernels.insert(kernels.end(), behind.begin(), behind.end());
        return shape == stored(rows, order) || (has_bias_row && shape == stored(rows - 1, order)) ||
               (width > 1 && shape == kernels);
    }
};

/// Where entry number e of a tensor of a file lies in a matrix [rows, columns].
template <class T>
struct matrix_place {
    std::span<T> matrix;
    std::size_t columns, height, width;  ///< [out, in] is [columns, height, width]
    bool is_turned;
    T& operator()(std::size_t e) const {
        if (!is_turned) return matrix[e];
        const std::size_t w = e % width, i = e / width % height, o = e / width / height;
        return matrix[(w * height + i) * columns + o];
    }
};

[[noreturn]] inline void refuse_shape(const tensors& file, const std::string& name, const stored_tensor& copy,
                                      const matrix_layout& layout, matrix_order order) {
    const bool is_turned = order == matrix_order::out_in;
    // A file of another program may have been read the wrong way.
    const bool may_turn = !copy.name.empty() && !file.metadata().contains("apd") &&
                          layout.fits(copy.shape, is_turned ? stored_in_out : stored_out_in);
    throw error(source_of(file),
                "tensor '" + name + "' has shape " + in_brackets(copy.shape) + ", expected " +
                    in_brackets(layout.stored(layout.rows, order)),
                may_turn && is_turned ? "it fits [in, out]: load the file with apd::stored_in_out, or say so of this "
                                        "tensor with a rule of apd::names"
                : may_turn  ? "it fits [out, in], as torch.nn.Linear stores it: apd::load(path, apd::stored_out_in)"
                : is_turned ? "declare the network of the file"
                            : "save it as the network declares it, [inputs, outputs], or declare the network of the "
                              "file");
}

/// Reads a matrix, held once or several times, whichever way round. Errors: `apd::error` if it is missing, has another
/// shape, is held twice and not the same, or holds NaN or infinity.
template <class T>
void read_matrix(const tensors& file, const std::string& name, const matrix_layout& layout, std::vector<T>& values) {
    values.resize(layout.rows * layout.columns);
    const auto& copies = file.copies(name);
    for (const auto& copy : copies) {
        const matrix_order order = copy.order == matrix_order::unsaid ? stored_in_out : copy.order;
        if (!layout.fits(copy.shape, order)) refuse_shape(file, name, copy, layout, order);
        const bool is_turned = order == matrix_order::out_in;
        const std::size_t width = copy.shape.size() > 2 ? layout.width : 1;
        const std::size_t height = copy.shape[is_turned ? 1 : 0];
        file.read_copy<T>(name, copy, &copy == &copies.front(),
                          matrix_place<T>{values, layout.columns, height, width, is_turned});
    }
    if (copies.front().size() < values.size()) {
        std::vector<T> bias;
        const bool is_weight = name == "weight" || name.ends_with(".weight");
        read_tensor(file, is_weight ? name.substr(0, name.size() - 6) + "bias" : name + ".bias", {layout.columns},
                    bias);
        std::ranges::copy(bias, values.end() - static_cast<std::ptrdiff_t>(layout.columns));
    }
    check_finite(std::span<const T>(values), source_of(file), name);
}

struct named_matrix {
    std::string name;
    matrix_layout layout;
};

/// Errors: `apd::error` if another program wrote the matrices of a network and nobody has said which way round: where
/// the file says who wrote it (its metadata has a format: pt, tf, flax, …), and where one is named as PyTorch names
/// them and all fit both ways, so that not even their shapes say it.
inline void check_order(const tensors& file, const std::vector<named_matrix>& matrices) {
    const auto format = file.metadata().find("format");
    const bool says_who = format != file.metadata().end();
    const stored_tensor* doubtful = nullptr;
    bool shapes_say = false;
    for (const auto& [name, layout] : matrices)
        for (const auto& copy : file.copies(name)) {
            if (copy.order != matrix_order::unsaid) continue;
            const bool is_torch = copy.name == "weight" || copy.name.ends_with(".weight");
            if (!layout.fits(copy.shape, stored_in_out) || !layout.fits(copy.shape, stored_out_in)) shapes_say = true;
            else if (is_torch) doubtful = &copy;
            if (says_who) doubtful = &copy;
        }
    if (doubtful == nullptr || (shapes_say && !says_who)) return;
    throw error(source_of(file),
                "nothing says which way round matrix " + in_quotes(doubtful->name) + " " +
                    in_brackets(doubtful->shape) + " is" +
                    (says_who ? ", and another program wrote it (format: " + format->second + ")" : ""),
                "load the file with apd::load(path, apd::stored_out_in) if matrices are [out, in], as torch.nn.Linear "
                "stores them, else with apd::stored_in_out");
}

}  // namespace apd::ext::detail
