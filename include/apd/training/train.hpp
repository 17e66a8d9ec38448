#pragma once
// train<Net>: a target network of one's own, trained to reproduce its input.

#include <cmath>
#include <cstddef>

#include <apd/component/factors.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>
#include <apd/optimiser/adam.hpp>
#include <apd/training/options.hpp>

namespace apd {

/// AdamW on mean over b and o of (y − x)². Matrices start normal with deviation √(2/(d_in + d_out)), biases at zero.
///
/// Errors: `apd::error` if the loss ends as NaN or infinity, or for a batch of 0.
/// Example: `auto target = apd::train<tms>(device, data, {.steps = 5'000, .batch = 1024});`
template <class Net, class T = float, class Device, class Data>
    requires data_source<Data, Device, T> parameters<Net, T> train(Device& device, const Data& data,
                                                                   const train_options& options = {}) {
        static_assert(Data::features == Net::inputs,
                      "apd::train: the data have not as many features as the network inputs.");
        static_assert(Net::inputs == Net::outputs,
                      "apd::train: the network is trained to give its input, so it needs as many "
                      "outputs as inputs.");
        detail::check_options("train", options.batch, options.learning_rate);
        parameters<Net, T> host;
        repeat<Net::sites.size()>([&](auto s) {
            constexpr auto sizes = Net::template site_at<s>::shape::sizes;
            constexpr std::size_t index = Net::template parameter_of<Net::sites[s]>;
            detail::fill_normal<T>(host.template at<index>(), std::sqrt(2.0 / static_cast<double>(sizes[0] + sizes[1])),
                                   options.seed, static_cast<std::uint32_t>(2000 + s));
        });

        using arrays = device_parameters<Device, T, Net>;
        const arrays weights(device, host), gradients(device), first(device), second(device);
        array<Device, T, extents<dynamic, Net::inputs>> x(device, options.batch);
        array<Device, T, extents<>> loss(device);
        activation_arrays<Device, T, Net> activations(device, options.batch);
        tangent_arrays<Device, T, Net> cotangents(device, options.batch);
        activations.template at<0>() = *x;
        const auto trained = [&](auto l) {
            using layer = typename Net::template layer_at<l>;
            if constexpr (site_use<layer> || parametrised_layer<layer>) {
                auto part = weights.template view_of<l>();
                part.gradient = gradients.template at<Net::template parameter_of<l>>();
                return part;
            } else {
                return no_parameter{};
            }
        };
        const auto y = activations.template at<Net::depth>();
        const auto error_of = [&] { return y["bi"_i] - x["bi"_i]; };
        const double mean = 1.0 / (static_cast<double>(options.batch) * Net::outputs);
        const adam optimiser{.weight_decay = options.weight_decay};
        const schedule rates{options.learning_rate, options.shape, options.warm_up};

        for (std::size_t step = 0; step < options.steps; ++step) {
            data.fill(device, static_cast<std::uint32_t>(step), *x);
            forward<Net>(device, trained, activations);
            repeat<Net::parametrised.size()>([&](auto p) {
                const auto g = gradients.template at<p>();
                device(g[detail::array_letters<decltype(g)::shape::rank>] = T(0));
            });
            device(cotangents.template at<Net::depth>()["bi"_i] = error_of() * (2 * mean));
            pullback<Net>(device, trained, activations, cotangents, [](auto) {});
            repeat<Net::parametrised.size()>([&](auto p) {
                optimiser(device, rates.at(step, options.steps), step, weights.template at<p>(),
                          gradients.template at<p>(), first.template at<p>(), second.template at<p>());
            });
        }
        device(loss[""_i] = square(error_of()) * mean);
        T value{};
        device.download(*loss, std::span(&value, 1));
        if (!std::isfinite(value)) throw error("train", "the loss became NaN or infinite", "lower the learning rate");
        weights.download(device, host);
        return host;
    }

}  // namespace apd
