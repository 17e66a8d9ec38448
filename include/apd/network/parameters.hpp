#pragma once
// The parameters of a network: values on the host, named and shaped by the network's type, and their device copies.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <apd/backend/array.hpp>
#include <apd/core/version.hpp>
#include <apd/io/tensors.hpp>
#include <apd/network/network.hpp>
#include <apd/network/read_parameter.hpp>
#include <apd/network/weights.hpp>

namespace apd::ext {

/// The trained numbers of a network: for every layer with a parameter, its entries in row-major order.
///
/// Constructible from `apd::load(path)`. Parameters with two axes, other than tables, are matrices [in, out]; of a file
/// that holds them [out, in], as PyTorch's do, `apd::load(path, apd::stored_out_in)` says so. Then `affine` takes its
/// bias from the tensor beside its matrix (`fc.bias` beside `fc.weight`, `W.bias` beside `W`), and `convolution` its
/// kernels [out, in, width]. What a file holds twice under names that are mapped to one (tied weights) must be equal.
///
/// Errors: `apd::error` if a tensor is missing, has another shape, or holds NaN or infinity, or a number too large for
/// T; if nothing says which way round the matrices of another program are.
///
/// Example: `apd::parameters<tms> target = apd::load("tms.safetensors");`
template <class Net, class T = float>
class parameters {
  public:
    using network_type = Net;
    using scalar = T;

    parameters() {
        for (std::size_t p = 0; p < count; ++p) values_[p].resize(detail::product_of(Net::parameter_sizes[p]));
    }
    parameters(const tensors& file) : parameters(file, "") {}  // NOLINT: a file of tensors is a set of parameters
    /// From tensors that have `prefix` before the names of the parameters.
    parameters(const tensors& file, const std::string& prefix) {
        const auto name_of = [&](std::size_t p) { return prefix + std::string(Net::parameter_names[p]); };
        std::vector<detail::named_matrix> matrices;
        for (std::size_t p = 0; p < count; ++p)
            if (layouts[p].rows > 0) matrices.push_back({name_of(p), layouts[p]});
        detail::check_order(file, matrices);
        for (std::size_t p = 0; p < count; ++p) {
            if (layouts[p].rows > 0) detail::read_matrix(file, name_of(p), layouts[p], values_[p]);
            else detail::read_tensor(file, name_of(p), shape(p), values_[p]);
        }
    }

    /// Errors: `apd::error` at `where` if an entry is NaN or infinite.
    void check_finite(std::string_view where) const {
        for (std::size_t p = 0; p < count; ++p)
            detail::check_finite(std::span<const T>(values_[p]), where, std::string(Net::parameter_names[p]));
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
    /// Of a number that is no constant.
    std::span<T> at(std::size_t p) { return values_[p]; }
    std::span<const T> at(std::size_t p) const { return values_[p]; }
    template <static_string Name>
    std::span<T> get() {
        return at<Net::template parameter_named<Name>>();
    }
    template <static_string Name>
    std::span<const T> get() const {
        return at<Net::template parameter_named<Name>>();
    }

    /// All parameters as named tensors, ready to be written to a file; `prefix` stands before their names.
    tensors to_tensors(const std::string& prefix = "") const {
        tensors file;
        file.metadata()["apd"] = version;
        for (std::size_t p = 0; p < count; ++p)
            file.set(prefix + std::string(Net::parameter_names[p]), shape(p), at(p));
        return file;
    }

  private:
    static constexpr std::size_t count = Net::parametrised.size();
    // Of every matrix; no rows, where the parameter is none.
    static constexpr auto layouts = []<std::size_t... P>(std::index_sequence<P...>) {
        return std::array<detail::matrix_layout, sizeof...(P)>{detail::matrix_layout::of<Net, P>()...};
    }
    (std::make_index_sequence<count>{});
    static std::vector<std::size_t> shape(std::size_t p) {
        return {Net::parameter_sizes[p].begin(), Net::parameter_sizes[p].end()};
    }

    std::array<std::vector<T>, count> values_;
};

/// One array for each parameter of a network, in a backend's memory: values, gradients or an optimiser's moments.
template <class Device, class T, class Net>
class device_parameters {
  public:
    explicit device_parameters(Device& device) {
        for (std::size_t p = 0; p < arrays_.size(); ++p)
            arrays_[p] = {device, detail::product_of(Net::parameter_sizes[p])};
    }
    device_parameters(Device& device, const parameters<Net, T>& host) : device_parameters(device) {
        upload(device, host);
    }
    template <std::size_t P>
    auto at() const {
        return of_layer(layer_number<Net, Net::parametrised[P]>);
    }
    /// All numbers of a parameter.
    view<T, extents<dynamic>> flat(std::size_t p) const {
        const std::size_t size = detail::product_of(Net::parameter_sizes[p]);
        return {arrays_[p].template as<extents<>>().data, size, size};
    }
    /// The parameter that a layer declares, or uses.
    template <std::size_t Like>
    auto of_layer(layer_handle<Net, Like> layer) const {
        using shape = typename Net::template parameter_at<Net::parameter_numbers[Like]>::shape;
        return arrays_[Net::parameter_numbers[layer.number]].template as<shape>();
    }
    /// What a layer adds or multiplies by, for a pass without gradients of its parameter; `no_parameter` if it has
    /// none.
    template <std::size_t Like>
    auto view_of(layer_handle<Net, Like> layer) const {
        using type = typename layer_handle<Net, Like>::type;
        if constexpr (parametrised_layer<type> || matrix_use<type>) {
            const auto value = of_layer(layer);
            using shape = typename decltype(value)::shape;
            if constexpr (matrix_use<type>) return dense_weights<T, shape>{value};
            else return parameter_view<T, shape>{value};
        } else {
            return no_parameter{};
        }
    }
    void upload(Device& device, const parameters<Net, T>& host) const {
        for (std::size_t p = 0; p < arrays_.size(); ++p) device.upload(host.at(p), flat(p));
    }
    void download(Device& device, parameters<Net, T>& host) const {
        for (std::size_t p = 0; p < arrays_.size(); ++p) device.download(flat(p), host.at(p));
    }

  private:
    std::array<detail::array_memory<Device, T>, Net::parametrised.size()> arrays_;
};

}  // namespace apd::ext

namespace apd {
using ext::parameters;
}  // namespace apd
