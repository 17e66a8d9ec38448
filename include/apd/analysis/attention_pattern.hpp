#pragma once
// From which positions of its sequence each position reads.

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <apd/backend/array.hpp>
#include <apd/backend/backend.hpp>
#include <apd/component/batch_rows.hpp>
#include <apd/core/error.hpp>
#include <apd/core/xtensor.hpp>
#include <apd/network/attention.hpp>
#include <apd/network/network.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>
#include <apd/network/weights.hpp>

namespace apd::ext {

namespace detail {
struct of_attention {
    template <class L>
    static consteval bool at(std::size_t) {
        return is_attention<L>;
    }
};
}  // namespace detail

/// p [N, heads, length]: how much of what each of N rows reads, in the network's I-th layer of attention, it reads from
/// each position of its sequence; the sum over positions is 1. Rows are those of whole sequences, x [N, d_in].
///
/// Errors: `apd::error` if x has another shape or a part of a sequence; a compile error if there is no such layer.
/// Example: `auto p = apd::attention_pattern<1>(device, target, x);`, the second of them; p(t, h, s).
template <std::size_t I = 0, class Net, class T, backend Device>
xt::xtensor<T, 3> attention_pattern(Device& device, const parameters<Net, T>& network, const xt::xtensor<T, 2>& x) {
    constexpr auto layers = detail::positions<detail::of_attention, typename Net::layers>();
    static_assert(I < layers.size(), "apd::attention_pattern: the network has not so many layers of attention.");
    constexpr std::size_t layer = layers[std::min(I, layers.size() - 1)];
    using attention = typename Net::template layer_at<layer>;
    constexpr std::size_t length = Net::sequence_length, heads = attention::heads;
    const std::size_t rows = x.shape(0);
    if (rows == 0 || x.shape(1) != Net::inputs)
        throw error("attention_pattern", "x has another shape than [rows, inputs]",
                    "give at least one sequence of rows of " + std::to_string(Net::inputs) + " numbers");
    check_sequences(rows, length);

    const std::size_t batch = std::min(rows, whole_sequences(1024, length));
    const device_parameters<Device, T, Net> weights(device, network);
    array<Device, T, extents<dynamic, Net::inputs>> inputs(device, batch);
    activation_arrays<Device, T, Net> activations(device, batch);
    constexpr std::size_t width = Net::workspaces[layer];
    std::vector<T> kept(batch * width);
    auto p = xt::xtensor<T, 3>::from_shape({rows, heads, length});
    for (std::size_t first = 0; first < rows; first += batch) {
        const std::size_t count = std::min(batch, rows - first);
        inputs.resize(count), activations.resize(count);
        device.upload(std::span<const T>(x.data() + first * Net::inputs, count * Net::inputs), *inputs);
        activations.template set<0>(*inputs);
        forward<Net>(
            device, [&](auto each) { return weights.view_of(each); }, activations);
        device.download(activations.workspace(layer_number<Net, layer>), std::span(kept).first(count * width));
        for (std::size_t n = 0; n < count; ++n)
            for (std::size_t h = 0; h < heads; ++h)
                std::copy_n(kept.begin() + static_cast<std::ptrdiff_t>(n * width + attention::weights_of_head(h)),
                            length, &p(first + n, h, 0));
    }
    return p;
}

}  // namespace apd::ext

namespace apd {
using ext::attention_pattern;
}  // namespace apd
