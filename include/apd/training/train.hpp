#pragma once
// train<Net>: a target network of one's own, trained to reproduce its input.

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <apd/component/factors.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>
#include <apd/optimiser/adam.hpp>
#include <apd/training/options.hpp>

namespace apd {

/// A network under training on batches of B samples: the mean over b and o of (y − x)², and its gradients.
template <backend Device, class T, class Net>
class training_pass {
    using parameter_arrays = device_parameters<Device, T, Net>;
    using batch_view = view<T, extents<dynamic, Net::inputs>>;
    static_assert(Net::inputs == Net::outputs,
                  "apd::train: the network is trained to give its input, so it needs as many outputs as inputs.");

  public:
    training_pass(Device& device, std::size_t batch, const parameter_arrays& weights, const parameter_arrays& gradients)
        : device_(device),
          weights_(weights),
          gradients_(gradients),
          activations_(device, batch),
          cotangents_(device, batch),
          loss_(device),
          mean_(1.0 / (static_cast<double>(batch) * Net::outputs)) {}

    /// Fills the gradients at the batch x [B, d_in].
    void differentiate(batch_view x) {
        const auto trained = [this](auto l) {
            using layer = typename Net::template layer_at<l>;
            if constexpr (site_use<layer> || parametrised_layer<layer>) {
                auto part = weights_.template view_of<l>();
                part.gradient = gradients_.template at<Net::template parameter_of<l>>();
                return part;
            } else {
                return no_parameter{};
            }
        };
        repeat<Net::parametrised.size()>([&](auto p) {
            const auto g = gradients_.template at<p>();
            device_(g[detail::array_letters<decltype(g)::shape::rank>] = T(0));
        });
        activations_.template at<0>() = x;
        forward<Net>(device_, trained, activations_);
        device_(cotangents_.template at<Net::depth>()["bi"_i] = difference(x) * (2 * mean_));
        pullback<Net, Net::parametrised.front()>(device_, trained, activations_, cotangents_, [](auto) {});
    }
    /// The loss of the batch that was differentiated last.
    double loss(batch_view x) {
        device_(loss_[""_i] = square(difference(x)) * mean_);
        T value{};
        device_.download(*loss_, std::span(&value, 1));
        return static_cast<double>(value);
    }

  private:
    auto difference(batch_view x) const { return activations_.template at<Net::depth>()["bi"_i] - x["bi"_i]; }

    Device& device_;
    const parameter_arrays &weights_, &gradients_;
    activation_arrays<Device, T, Net> activations_;
    tangent_arrays<Device, T, Net> cotangents_;
    array<Device, T, extents<>> loss_;
    double mean_;
};

/// AdamW on mean over b and o of (y − x)². Sites start normal with deviation √(2/(d_in + d_out)), biases at zero.
///
/// Errors: `apd::error` if the loss ends as NaN or infinity, or for a batch of 0.
/// Example: `auto target = apd::train<tms>(device, data, {.steps = 5'000, .batch = 1024});`
template <class Net, class T = float, backend Device, data_source<Device, T> Data>
parameters<Net, T> train(Device& device, const Data& data, const train_options& options = {}) {
    static_assert(Data::features == Net::inputs,
                  "apd::train: the data have not as many features as the network inputs.");
    detail::check_options("train", options);
    parameters<Net, T> host;
    repeat<Net::parametrised.size()>([&](auto p) {
        if constexpr (requires { Net::template parameter_at<p>::initial; })
            std::ranges::fill(host.template at<p>(), static_cast<T>(Net::template parameter_at<p>::initial));
    });
    repeat<Net::sites.size()>([&](auto s) {
        constexpr auto sizes = Net::template site_at<s>::shape::sizes;
        constexpr std::size_t index = Net::template parameter_of<Net::sites[s]>;
        detail::fill_normal<T>(host.template at<index>(), std::sqrt(2.0 / static_cast<double>(sizes[0] + sizes[1])),
                               options.seed, static_cast<std::uint32_t>(2000 + s));
    });

    using arrays = device_parameters<Device, T, Net>;
    const arrays weights(device, host), gradients(device), first(device), second(device);
    array<Device, T, extents<dynamic, Net::inputs>> x(device, options.batch);
    training_pass<Device, T, Net> pass(device, options.batch, weights, gradients);
    const adam optimiser{.weight_decay = options.weight_decay};
    const schedule rates{options.learning_rate, options.shape, options.warm_up};
    for (std::size_t step = 0; step < options.steps; ++step) {
        data.fill(device, static_cast<std::uint32_t>(step), *x);
        pass.differentiate(*x);
        repeat<Net::parametrised.size()>([&](auto p) {
            optimiser(device, rates.at(step, options.steps), step, weights.template at<p>(), gradients.template at<p>(),
                      first.template at<p>(), second.template at<p>());
        });
    }
    if (options.steps > 0 && !std::isfinite(pass.loss(*x)))
        throw error("train", "the loss became NaN or infinite", "lower the learning rate");
    weights.download(device, host);
    return host;
}

}  // namespace apd
