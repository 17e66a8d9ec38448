#pragma once
// How well a network does on labelled samples that it was not trained on.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <apd/data/labelled_samples.hpp>
#include <apd/training/train.hpp>

namespace apd::ext {

/// The mean loss over all samples and, for classes, the share of them whose logit is the largest.
struct score_result {
    double loss = 0, accuracy = 0;
};

/// What a network gives for labelled samples, all of them, batch by batch in memory; the loss is a distance as in
/// `train`.
///
/// Example: `apd::score(device, target, held_out).accuracy`.
template <class Net, class T, backend Device, std::size_t Features, class Labels,
          class Distance = typename detail::default_goal<labelled_samples<Features, Labels, T>>::type>
score_result score(Device& device, const parameters<Net, T>& network, const labelled_samples<Features, Labels, T>& data,
                   Distance distance = {}, std::size_t batch = 1024) {
    static_assert(Features == Net::inputs, "apd::score: the data have not as many features as the network inputs.");
    using data_type = labelled_samples<Features, Labels, T>;
    static_assert(Net::sequence_length == 1, "apd::score: the network reads sequences, and labelled_samples are none.");
    batch = std::clamp<std::size_t>(batch, 1, data.size());
    typename detail::goal_of<Device, T, Net, data_type, Distance>::type goal(
        device, batch_rows{.nominal = data.size(), .capacity = batch}, distance);
    const device_parameters<Device, T, Net> weights(device, network);
    array<Device, T, extents<dynamic, Net::inputs>> x(device, batch);
    activation_arrays<Device, T, Net> activations(device, batch);
    array<Device, T, extents<>> loss(device);
    score_result all;
    std::size_t met = 0;
    for (std::size_t first = 0; first < data.size(); first += batch) {
        const std::size_t count = std::min(batch, data.size() - first);
        x.resize(count), goal.labels().resize(count), activations.resize(count);
        data.fill_in_order(device, first, *x, *goal.labels());
        activations.template set<0>(*x);
        forward<Net>(
            device, [&](auto layer) { return weights.view_of(layer); }, activations);
        const auto y = activations.template at<Net::depth>();
        goal.measure(device, *x, y, *loss);
        T part{};
        device.download(*loss, std::span(&part, 1));
        all.loss += static_cast<double>(part);
        if constexpr (detail::are_classes<Labels>) {
            std::vector<T> logits(count * Net::outputs);
            std::vector<std::uint32_t> classes(count);
            device.download(y, std::span(logits));
            device.download(*goal.labels(), std::span(classes));
            for (std::size_t b = 0; b < count; ++b) {
                const auto of_sample = std::span(logits).subspan(b * Net::outputs, Net::outputs);
                const auto largest = std::ranges::max_element(of_sample) - of_sample.begin();
                met += static_cast<std::size_t>(largest) == classes[b] ? 1U : 0U;
            }
        }
    }
    all.accuracy = static_cast<double>(met) / static_cast<double>(data.size());
    return all;
}

}  // namespace apd::ext

namespace apd {
using ext::score_result, ext::score;
}  // namespace apd
