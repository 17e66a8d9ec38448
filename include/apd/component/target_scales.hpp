#pragma once
// How large a target's weights are, and what they do: the units in which losses of all networks are alike.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include <apd/array/elementwise.hpp>
#include <apd/component/factors.hpp>
#include <apd/core/error.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>

namespace apd {

/// What the losses are for components that are all zero, or as large as the target's weights.
struct target_scales {
    double weights;   ///< faithfulness of no components: the mean square of the weights, over the uses of sites
    double effect;    ///< minimality of no components: the mean square of what the sites' weights add to the output
    double spectrum;  ///< simplicity of one component that is active on every sample and has one singular value at
                      ///< each site, the root mean square of those of the target
};

/// The scales of a target on a batch of the data. `power` is p of `schatten`.
///
/// Errors: `apd::error` if the weights are all zero, or change the output on no sample.
/// Example: `const auto scale = apd::scales_of(device, target, data, 0.9);`
template <backend Device, class Net, class T, data_source<Device, T> Data>
target_scales scales_of(Device& device, const parameters<Net, T>& target, const Data& data, double power,
                        std::size_t samples = 4096, std::uint32_t batch_number = 4'000'000'001) {
    target_scales scale{0, 0, 0};
    auto without = target;
    repeat<Net::sites.size()>([&](auto s) {
        using shapes = factor_shapes<Net, 1, 1, s>;
        constexpr std::size_t p = Net::template parameter_of<Net::sites[s]>;
        double square = 0;
        for (const T w : target.template at<p>()) square += static_cast<double>(w) * static_cast<double>(w);
        const double share = static_cast<double>(Net::template uses_of<s>) / Net::used_parameters;
        scale.weights += share * square;
        scale.spectrum += share * std::pow(square / static_cast<double>(std::min(shapes::in, shapes::out)), power / 2);
        std::ranges::fill(without.template at<p>(), T(0));
    });
    array<Device, T, extents<dynamic, Net::inputs>> x(device, samples);
    data.fill(device, batch_number, *x);
    const auto outputs = [&](const parameters<Net, T>& weights) {
        const device_parameters<Device, T, Net> held(device, weights);
        activation_arrays<Device, T, Net> activations(device, samples);
        activations.template at<0>() = *x;
        forward<Net>(device, choose_weights<Net>([&](auto l) { return held.template view_of<l>(); }, held),
                     activations);
        return activations;
    };
    const auto y = outputs(target), y0 = outputs(without);
    const array<Device, T, extents<>> effect(device);
    device(effect[""_i] = square(y.template at<Net::depth>()["bi"_i] - y0.template at<Net::depth>()["bi"_i]) *
                          (1.0 / (static_cast<double>(samples) * Net::outputs)));
    T found{};
    device.download(*effect, std::span(&found, 1));
    scale.effect = static_cast<double>(found);
    if (!(scale.weights > 0 && scale.effect > 0))
        throw error("scales_of", "the sites' weights are zero, or change the output on no sample",
                    "look at the data and the target: is an input ever different from zero?");
    return scale;
}

}  // namespace apd
