#pragma once
// How well a network does on labelled samples that it was not trained on.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <apd/component/batch_rows.hpp>
#include <apd/data/labelled_samples.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/train.hpp>

namespace apd::ext {

/// The mean loss over all samples and, of those that have a class, the share whose logit of it is the largest.
struct score_result {
    double loss = 0, accuracy = 0;
};

/// What a network gives for all of some data, batch by batch in memory: labelled_samples, or the windows of a text one
/// behind the other (token_windows). The loss is a distance as in `train`.
///
/// Example: `apd::score(device, target, held_out).accuracy`.
template <class Net, class T, backend Device, has_labels Data,
          class Distance = typename detail::default_goal<Data>::type>
score_result score(Device& device, const parameters<Net, T>& network, const Data& data, Distance distance = {},
                   std::size_t batch = 1024) {
    static_assert(Data::features == Net::inputs,
                  "apd::score: the data have not as many features as the network inputs.");
    [[maybe_unused]] constexpr bool fit = detail::sequences_fit<Data, Net>();
    using labels = typename Data::labels;
    batch = std::clamp<std::size_t>(whole_sequences(batch, Net::sequence_length), 1, data.size());
    typename detail::goal_of<Device, T, Net, Data, Distance>::type goal(
        device, batch_rows{.nominal = data.size(), .capacity = batch}, distance);
    const device_parameters<Device, T, Net> weights(device, network);
    array<Device, T, extents<dynamic, Net::inputs>> x(device, batch);
    activation_arrays<Device, T, Net> activations(device, batch);
    array<Device, T, extents<>> loss(device);
    score_result all;
    std::size_t met = 0, asked = 0;
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
        if constexpr (detail::are_classes<labels>) {
            std::vector<T> logits(count * Net::outputs);
            std::vector<std::uint32_t> classes(count);
            device.download(y, std::span(logits));
            device.download(*goal.labels(), std::span(classes));
            for (std::size_t b = 0; b < count; ++b) {
                const auto of_sample = std::span(logits).subspan(b * Net::outputs, Net::outputs);
                const auto largest = std::ranges::max_element(of_sample) - of_sample.begin();
                met += static_cast<std::size_t>(largest) == classes[b] ? 1U : 0U;
                asked += classes[b] == no_class ? 0U : 1U;
            }
        }
    }
    all.accuracy = asked == 0 ? 0 : static_cast<double>(met) / static_cast<double>(asked);
    return all;
}

/// An observer of `train`: how well the network does on data that it is not trained on, at every record. The loss is
/// that of `score`; who trains by another gives it here too.
///
/// Example: `apd::held_out unseen(second, test); apd::train<net>(device, data, options, {}, unseen);`, then
/// `unseen.history().back().loss`. By another loss: `apd::held_out(second, test, apd::kl_divergence)`.
template <backend Device, has_labels Data, class Distance = typename detail::default_goal<Data>::type>
class held_out {
  public:
    struct entry {
        std::size_t step;  ///< steps done
        double loss, accuracy;
    };
    held_out(Device& device, const Data& data, Distance distance = {})
        : device_(device), data_(data), distance_(distance) {}
    void operator()(const progress& record, const auto& snapshot) {
        const score_result found = score(device_, snapshot(), data_, distance_);
        history_.push_back({record.step, found.loss, found.accuracy});
    }
    const std::vector<entry>& history() const { return history_; }

  private:
    Device& device_;
    Data data_;
    Distance distance_;
    std::vector<entry> history_;
};

}  // namespace apd::ext

namespace apd {
using ext::score_result, ext::score, ext::held_out;
}  // namespace apd
