#pragma once
// Data with labels: samples of one's own, and what a network should give for each.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/array/view.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/core/philox.hpp>
#include <apd/data/shuffled_order.hpp>

namespace apd::ext {

/// In the place of a class: the row has none, and the network is not trained on it.
inline constexpr std::uint32_t no_class = static_cast<std::uint32_t>(-1);

/// The labels of a classifier: for every sample one of Count classes, from 0 on, of which the network gives logits.
template <std::size_t Count>
struct class_labels {
    static constexpr std::size_t outputs = Count;
    template <class>
    using number = std::uint32_t;
    using shape = extents<dynamic>;
    static constexpr std::size_t numbers = 1;  // a label is so many
};
/// Labels that are what the network should give: Count numbers for every sample.
template <std::size_t Count>
struct output_labels {
    static constexpr std::size_t outputs = Count;
    template <class T>
    using number = T;
    using shape = extents<dynamic, Count>;
    static constexpr std::size_t numbers = Count;
};

namespace detail {
template <class Labels>
inline constexpr bool are_classes = std::is_same_v<Labels, class_labels<Labels::outputs>>;
}  // namespace detail

/// N samples [N, Features] with a label each: [N] classes, or [N, Outputs]. Batch t holds the places t·B, …, t·B + B −
/// 1 of an endless row of epochs, each of which has every sample once, in an order drawn from the seed. A
/// decomposition, which asks for no labels, takes them too.
///
/// Errors: `apd::error` if there is no whole sample, not one label for each, a class that is none, or a number that is
/// NaN or infinite.
/// Example: `apd::labelled_samples<64, apd::class_labels<10>> digits(pixels, classes);`
template <std::size_t Features, class Labels, class T = float>
class labelled_samples {
  public:
    static constexpr std::size_t features = Features;
    using labels = Labels;
    using label_number = typename Labels::template number<T>;
    using label_view = view<label_number, typename Labels::shape>;

    labelled_samples(std::vector<T> rows, std::vector<label_number> labels_of_rows, std::uint64_t seed = 0)
        : rows_(std::move(rows)), labels_(std::move(labels_of_rows)), seed_(seed) {
        if (rows_.empty() || rows_.size() % Features != 0)
            throw error("labelled_samples", std::to_string(rows_.size()) + " numbers are not a whole number of samples",
                        "give " + std::to_string(Features) + " for each sample, and at least one sample");
        if (labels_.size() != size() * Labels::numbers)
            throw error("labelled_samples",
                        std::to_string(size()) + " samples have " + std::to_string(labels_.size()) + " labels",
                        "give " + std::to_string(Labels::numbers) + " for each sample");
        const auto is_finite = [](auto number) { return std::isfinite(static_cast<double>(number)); };
        if (!std::ranges::all_of(rows_, is_finite) || !std::ranges::all_of(labels_, is_finite))
            throw error("labelled_samples", "a number is NaN or infinite", "remove the sample it belongs to");
        if constexpr (detail::are_classes<Labels>)
            for (const auto label : labels_)
                if (label >= Labels::outputs && label != no_class)
                    throw error("labelled_samples", "a sample is of class " + std::to_string(label),
                                "number the classes from 0 to " + std::to_string(Labels::outputs - 1));
    }
    std::size_t size() const { return rows_.size() / Features; }
    const std::vector<T>& rows() const { return rows_; }
    const std::vector<label_number>& labels_of_rows() const { return labels_; }

    /// Which of the rows is row b of batch number `step`, of `batch` rows.
    struct batch_order {
        std::size_t size;
        std::uint64_t seed;
        APD_HOST_DEVICE std::size_t operator()(step_number step, std::size_t batch, std::size_t b) const {
            const std::size_t place = step.value() * batch + b;
            return shuffled_place(place % size, size, static_cast<std::uint32_t>(place / size), seed);
        }
    };
    batch_order order() const { return {size(), seed_}; }

    void fill(auto& device, std::uint32_t step, view<T, extents<dynamic, Features>> x) const {
        upload(device, rows_, places(step, x.batch), x);
    }
    void fill(auto& device, std::uint32_t step, view<T, extents<dynamic, Features>> x, label_view y) const {
        const auto from = places(step, x.batch);
        upload(device, rows_, from, x);
        upload(device, labels_, from, y);
    }
    /// Samples first, first + 1, … as they were given.
    void fill_in_order(auto& device, std::size_t first, view<T, extents<dynamic, Features>> x, label_view y) const {
        const auto numbers = [&](const auto& all, std::size_t width) {
            return std::span(all).subspan(first * width, x.batch * width);
        };
        device.upload(numbers(rows_, Features), x);
        device.upload(numbers(labels_, Labels::numbers), y);
    }

  private:
    std::vector<std::size_t> places(std::uint32_t step, std::size_t batch) const {
        std::vector<std::size_t> from(batch);
        for (std::size_t b = 0; b < batch; ++b) from[b] = order()(step, batch, b);
        return from;
    }
    template <class Number, class Shape>
    static void upload(auto& device, const std::vector<Number>& all, const std::vector<std::size_t>& from,
                       view<Number, Shape> to) {
        std::vector<Number> batch(from.size() * Shape::elements);
        for (std::size_t b = 0; b < from.size(); ++b)
            std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(from[b] * Shape::elements), Shape::elements,
                        batch.begin() + static_cast<std::ptrdiff_t>(b * Shape::elements));
        device.upload(std::span<const Number>(batch), to);
    }

    std::vector<T> rows_;
    std::vector<label_number> labels_;
    std::uint64_t seed_;
};

}  // namespace apd::ext

namespace apd {
using ext::no_class, ext::class_labels, ext::output_labels, ext::labelled_samples;
}  // namespace apd
