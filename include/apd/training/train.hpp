#pragma once
// train<Net>: a target network of one's own.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include <apd/core/normal.hpp>
#include <apd/core/streams.hpp>
#include <apd/data/data_source.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>
#include <apd/optimiser/adam.hpp>
#include <apd/optimiser/optimiser.hpp>
#include <apd/training/options.hpp>

namespace apd {

/// As a label: the network learns to give its input. A label of one's own maps the input, as an array expression, to
/// what the output should be: `[](const auto& x) { return x + apd::relu::value(x); }`. As a type with `preserves_zero`,
/// true if zeros give zeros, it is learned without the samples that are all zero, where the network keeps them too.
struct input_as_label {
    static constexpr bool preserves_zero = true;
    constexpr auto operator()(const auto& x) const { return x; }
};

namespace detail {
struct frozen_layer {
    template <class L>
    static consteval bool at(std::size_t) {
        return requires { requires L::is_frozen; };
    }
};
template <class Net>
inline constexpr auto frozen_layers = for_layers<frozen_layer>(static_cast<typename Net::layers*>(nullptr), Net::sizes);
}  // namespace detail

/// Whether parameter number p of a network is trained: frozen ones are not.
template <class Net>
constexpr bool is_trained(std::size_t p) {
    return !detail::frozen_layers<Net>[Net::parametrised[p]];
}

namespace detail {
// The first layer that uses a parameter which is trained.
template <class Net>
inline constexpr std::size_t first_trained = [] {
    std::size_t l = 0;
    while (l < Net::depth &&
           (Net::parameter_numbers[l] == Net::parametrised.size() || !is_trained<Net>(Net::parameter_numbers[l])))
        ++l;
    return l;
}();
// Whether samples that are all zero change nothing: neither the label nor any layer makes anything of them.
template <class Net, class Label>
constexpr bool trains_without_zero_rows() {
    if constexpr (requires { Label::preserves_zero; })
        return Label::preserves_zero && preserve_zero(static_cast<typename Net::layers*>(nullptr), Net::depth);
    else return false;
}
}  // namespace detail

/// A network under training on batches of B samples: the mean over b and o of (y − label(x))², and its gradients with
/// respect to all parameters but frozen ones.
template <backend Device, class T, class Net, class Label = input_as_label>
class training_pass {
    using parameter_arrays = device_parameters<Device, T, Net>;
    using batch_view = view<T, extents<dynamic, Net::inputs>>;
    static_assert(Net::inputs == Net::outputs,
                  "apd::train: a label is computed from the input feature by feature, so the network needs as many "
                  "outputs as inputs.");

  public:
    training_pass(Device& device, std::size_t batch, const parameter_arrays& weights, const parameter_arrays& gradients,
                  Label label = {})
        : device_(device),
          weights_(weights),
          gradients_(gradients),
          label_(label),
          activations_(device, batch),
          cotangents_(device, batch),
          loss_(device),
          mean_(1.0 / (static_cast<double>(batch) * Net::outputs)) {}

    /// Fills the gradients at the batch x [B, d_in]; samples that it lacks count as learned.
    void differentiate(batch_view x) {
        activations_.resize(x.batch);
        cotangents_.resize(x.batch);
        const auto trained = [this]<std::size_t Like>(layer_handle<Net, Like> layer) {
            auto part = weights_.view_of(layer);
            if constexpr (Net::parameter_numbers[Like] < Net::parametrised.size()) {
                if constexpr (is_trained<Net>(Net::parameter_numbers[Like])) part.gradient = gradients_.of_layer(layer);
            }
            return part;
        };
        for (std::size_t p = 0; p < Net::parametrised.size(); ++p)
            if (is_trained<Net>(p)) device_(gradients_.flat(p)["b"_i] = T(0));
        activations_.template set<0>(x);
        forward<Net>(device_, trained, activations_);
        device_(cotangents_.template at<Net::depth>()["bi"_i] = difference(x) * (2 * mean_));
        pullback<Net, detail::first_trained<Net>>(device_, trained, activations_, cotangents_, [](auto) {});
    }
    /// The loss of the batch that was differentiated last.
    double loss(batch_view x) {
        device_(loss_[""_i] = square(difference(x)) * mean_);
        T value{};
        device_.download(*loss_, std::span(&value, 1));
        return static_cast<double>(value);
    }

  private:
    auto difference(batch_view x) const { return activations_.template at<Net::depth>()["bi"_i] - label_(x["bi"_i]); }

    Device& device_;
    const parameter_arrays &weights_, &gradients_;
    Label label_;
    activation_arrays<Device, T, Net> activations_;
    tangent_arrays<Device, T, Net> cotangents_;
    array<Device, T, extents<>> loss_;
    double mean_;
};

/// Where training starts: matrices normal with deviation √(2/(d_in + d_out)), other parameters at their `initial`
/// value, or zero. A pure function of the seed.
template <class Net, class T = float>
parameters<Net, T> initial_parameters(std::uint64_t seed) {
    parameters<Net, T> start;
    std::uint32_t matrices = 0;
    for_each_parameter<Net>([&](auto of) {
        using layer = typename decltype(of)::type;
        const auto values = start.at(Net::parameter_numbers[of.number]);
        if constexpr (requires { layer::initial; }) std::ranges::fill(values, static_cast<T>(layer::initial));
        if constexpr (matrix_use<layer>) {
            constexpr auto sizes = layer::shape::sizes;
            detail::fill_normal<T>(values, std::sqrt(2.0 / static_cast<double>(sizes[0] + sizes[1])), seed,
                                   parameter_streams + matrices++);
        }
    });
    return start;
}

/// AdamW on mean over b and o of (y − label(x))², from `start` on, whose frozen matrices stay as they are.
///
/// Errors: `apd::error` if the loss ends as NaN or infinity, or for a batch of 0.
/// Example: `auto target = apd::train(device, start, data, {.steps = 10'000}, label);`
template <class Net, class T, backend Device, data_source<Device, T> Data, class Label = input_as_label>
parameters<Net, T> train(Device& device, parameters<Net, T> start, const Data& data, const train_options& options = {},
                         Label label = {}) {
    static_assert(Data::features == Net::inputs,
                  "apd::train: the data have not as many features as the network inputs.");
    detail::check_options("train", options);
    start.check_finite("train");
    const device_parameters<Device, T, Net> weights(device, start), gradients(device);
    array<Device, T, extents<dynamic, Net::inputs>> x(device, options.batch);
    training_pass<Device, T, Net, Label> pass(device, options.batch, weights, gradients, label);
    trainable_parts<Device, T> parts(device, options.seed);
    for (std::size_t p = 0; p < Net::parametrised.size(); ++p)
        if (is_trained<Net>(p))
            parts.add({std::string(Net::parameter_names[p]),
                       {Net::parameter_sizes[p].begin(), Net::parameter_sizes[p].end()},
                       weights.flat(p),
                       gradients.flat(p)});
    optimiser_run optimiser(device, adam{.weight_decay = options.weight_decay}, parts);
    const auto learning_rate = schedule{options.learning_rate, options.shape, options.warm_up}.over(options.steps);
    const array<Device, std::uint32_t, extents<>> counter(device);
    const step_number number((*counter).data);
    array<Device, std::uint32_t, extents<dynamic>> rows(device, options.batch);
    constexpr bool data_are_recorded = fills_on_device<Data>;
    const auto fill = [&](const auto& batch_number) {
        x.resize(options.batch);
        data.fill(device, batch_number, *x);
        if constexpr (detail::trains_without_zero_rows<Net, Label>()) nonzero_first(device, x, rows, true);
    };
    auto update = device.sequences(1, [&](std::size_t) {
        if constexpr (data_are_recorded) fill(number);
        pass.differentiate(*x);
        optimiser.update(*counter, learning_rate);
        device(counter[""_i] += 1);
    });
    for (std::size_t step = 0; step < options.steps; ++step) {
        if constexpr (!data_are_recorded) fill(static_cast<std::uint32_t>(step));
        update(1);
    }
    if (options.steps > 0 && !std::isfinite(pass.loss(*x)))
        throw error("train", "the loss became NaN or infinite", "lower the learning rate");
    weights.download(device, start);
    return start;
}

/// The same from `initial_parameters` of the seed.
///
/// Example: `auto target = apd::train<tms>(device, data, {.steps = 5'000, .batch = 1024});`
template <class Net, class T = float, backend Device, data_source<Device, T> Data, class Label = input_as_label>
parameters<Net, T> train(Device& device, const Data& data, const train_options& options = {}, Label label = {}) {
    return train(device, initial_parameters<Net, T>(options.seed), data, options, label);
}

}  // namespace apd
