#pragma once
// The parameters of a network: values on the host, named and shaped by the network's type, and their device copies.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <apd/backend/array.hpp>
#include <apd/core/error.hpp>
#include <apd/io/tensors.hpp>
#include <apd/network/network.hpp>
#include <apd/network/weights.hpp>

namespace apd {

namespace detail {
template <class Shape>
std::vector<std::size_t> shape_of() {
    return {Shape::sizes.begin(), Shape::sizes.end()};
}
inline std::string in_brackets(const std::vector<std::size_t>& shape) {
    std::string text = "[";
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        text.append(axis == 0 ? "" : ", ").append(std::to_string(shape[axis]));
    return text + "]";
}
template <class T>
void check_finite(std::span<const T> values, std::string_view where, const std::string& name) {
    if (!std::ranges::all_of(values, [](T value) { return std::isfinite(value); }))
        throw error(where, "tensor '" + name + "' holds NaN or infinity",
                    "train the target again and save it after checking its loss");
}
// The entries of a tensor of a file, row-major. Errors: `apd::error` if it is missing, has another shape, or holds NaN
// or infinity where all should be finite.
template <class T>
void read_tensor(const tensors& file, const std::string& name, const std::vector<std::size_t>& shape,
                 std::vector<T>& values, bool all_finite = true) {
    const std::string source = file.source().empty() ? "parameters" : file.source();
    if (const auto found = file.shape(name); found != shape)
        throw error(source,
                    "tensor '" + name + "' has shape " + in_brackets(found) + ", expected " + in_brackets(shape),
                    "save it as the network declares it, [inputs, outputs], or declare the network of the file");
    values.resize(element_count(shape).value());
    file.read(name, std::span(values));
    if (all_finite) check_finite(std::span<const T>(values), source, name);
}
}  // namespace detail

/// The trained numbers of a network: for every layer with a parameter, its entries in row-major order.
///
/// Constructible from `apd::load(path)`. Errors: `apd::error` if a tensor is missing, has another shape, or holds NaN
/// or infinity.
///
/// Example: `apd::parameters<tms> target = apd::load("tms.safetensors");`
template <class Net, class T = float>
class parameters {
  public:
    using network_type = Net;
    using scalar = T;

    parameters() {
        repeat<Net::parametrised.size()>(
            [&](auto p) { values_[p].resize(Net::template parameter_at<p>::shape::elements); });
    }
    parameters(const tensors& file) : parameters(file, "") {}  // NOLINT: a file of tensors is a set of parameters
    /// From tensors that have `prefix` before the names of the parameters.
    parameters(const tensors& file, const std::string& prefix) {
        repeat<Net::parametrised.size()>([&](auto p) {
            using layer = typename Net::template parameter_at<p>;
            detail::read_tensor(file, prefix + std::string(layer::name.view()),
                                detail::shape_of<typename layer::shape>(), values_[p]);
        });
    }

    /// Errors: `apd::error` at `where` if an entry is NaN or infinite.
    void check_finite(std::string_view where) const {
        repeat<Net::parametrised.size()>([&](auto p) {
            detail::check_finite(at<p>(), where, std::string(Net::template parameter_at<p>::name.view()));
        });
    }

    /// Entries of parameter number P, or of the parameter of that name, row-major.
    template <std::size_t P>
    std::span<T> at() {
        return values_[P];
    }
    template <std::size_t P>
    std::span<const T> at() const {
        return values_[P];
    }
    template <static_string Name>
    std::span<T> get() {
        return at<Net::template parameter_named<Name>>();
    }
    template <static_string Name>
    std::span<const T> get() const {
        return at<Net::template parameter_named<Name>>();
    }

    /// All parameters as named tensors, ready to be written to a file.
    tensors to_tensors() const {
        tensors file;
        repeat<Net::parametrised.size()>([&](auto p) {
            using layer = typename Net::template parameter_at<p>;
            file.set(std::string(layer::name.view()), detail::shape_of<typename layer::shape>(), at<p>());
        });
        return file;
    }

  private:
    std::array<std::vector<T>, Net::parametrised.size()> values_;
};

/// One array for each parameter of a network, in a backend's memory: values, gradients or an optimiser's moments.
template <class Device, class T, class Net>
class device_parameters {
  public:
    explicit device_parameters(Device& device) {
        repeat<Net::parametrised.size()>([&](auto p) { arrays_.template make<p>(device); });
    }
    device_parameters(Device& device, const parameters<Net, T>& host) : device_parameters(device) {
        repeat<Net::parametrised.size()>([&](auto p) { device.upload(host.template at<p>(), at<p>()); });
    }
    template <std::size_t P>
    auto at() const {
        return arrays_.template at<P>();
    }
    /// What layer L adds or multiplies by, for a pass without gradients of its parameter; `no_parameter` if it has
    /// none.
    template <std::size_t L>
    auto view_of() const {
        using layer = typename Net::template layer_at<L>;
        if constexpr (parametrised_layer<layer> || matrix_use<layer>) {
            constexpr std::size_t p = Net::template parameter_of<L>;
            if constexpr (matrix_use<layer>) return dense_weights<T, shape<p>>{at<p>()};
            else return parameter_view<T, shape<p>>{at<p>()};
        } else {
            return no_parameter{};
        }
    }
    void download(Device& device, parameters<Net, T>& host) const {
        repeat<Net::parametrised.size()>([&](auto p) { device.download(at<p>(), host.template at<p>()); });
    }

  private:
    template <std::size_t P>
    using shape = typename Net::template parameter_at<P>::shape;
    array_list<Device, T, shape, Net::parametrised.size()> arrays_;
};

}  // namespace apd
