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

namespace apd {

/// The trained numbers of a network: for every layer with a parameter, its entries in row-major order.
///
/// Constructible from `apd::load(path)`. Parameters with two axes are matrices [in, out]; of a file that holds them
/// [out, in], as PyTorch's do, `apd::load(path, apd::stored_out_in)` says so. Then `affine` takes its bias from the
/// tensor beside its matrix (`fc.bias` beside `fc.weight`, `W.bias` beside `W`), and `convolution` its kernels [out,
/// in, width]. What a file holds twice under names that are mapped to one (tied weights) must be equal.
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
        repeat<Net::parametrised.size()>(
            [&](auto p) { values_[p].resize(Net::template parameter_at<p>::shape::elements); });
    }
    parameters(const tensors& file) : parameters(file, "") {}  // NOLINT: a file of tensors is a set of parameters
    /// From tensors that have `prefix` before the names of the parameters.
    parameters(const tensors& file, const std::string& prefix) {
        const auto name_of = [&](auto p) { return prefix + std::string(Net::template parameter_at<p>::name.view()); };
        std::vector<detail::named_matrix> matrices;
        repeat<Net::parametrised.size()>([&](auto p) {
            if constexpr (is_matrix<p>) matrices.push_back({name_of(p), detail::matrix_layout::of<Net, p>()});
        });
        detail::check_order(file, matrices);
        repeat<Net::parametrised.size()>([&](auto p) {
            if constexpr (is_matrix<p>)
                detail::read_matrix(file, name_of(p), detail::matrix_layout::of<Net, p>(), values_[p]);
            else
                detail::read_tensor(file, name_of(p), detail::shape_of<typename Net::template parameter_at<p>::shape>(),
                                    values_[p]);
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
        file.metadata()["apd"] = version;
        repeat<Net::parametrised.size()>([&](auto p) {
            using layer = typename Net::template parameter_at<p>;
            file.set(std::string(layer::name.view()), detail::shape_of<typename layer::shape>(), at<p>());
        });
        return file;
    }

  private:
    template <std::size_t P>
    static constexpr bool is_matrix = Net::template parameter_at<P>::shape::sizes.size() == 2;

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
