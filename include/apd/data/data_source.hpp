#pragma once
// The concept `data_source`: where batches come from.

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <apd/array/view.hpp>

namespace apd::ext {

/// Concept: a source of batches. Minimal definition: `features` (d_in) and `fill(device, step, x)`, which writes
/// batch number `step`, a `std::uint32_t`, into x [B, features]. Law: the same step gives the same batch.
///
/// Optional: `static constexpr bool fills_on_device = true`, for data that statements make: `fill` takes a
/// `step_number`, whose value may lie in the backend's memory, uploads nothing, and asks the device for the same work
/// in every step, so that a GPU can repeat steps without the host. Without it the host calls `fill` for every batch.
///
/// Optional: `labels`, class_labels<N> or output_labels<N>, and `fill(device, step, x, y)`, which writes the labels of
/// the batch into y too, a `label_view`: what a network is trained by (see `train`).
///
/// Models: sparse_features (on the device), samples, labelled_samples.
template <class D, class Device, class T>
concept data_source = requires(const D& data, Device& device, view<T, extents<dynamic, D::features>> x) {
    data.fill(device, std::uint32_t{0}, x);
};

/// Whether data have labels.
template <class Data>
concept has_labels = requires {
    typename Data::labels;
    typename Data::label_view;
};

/// Whether data say that they fill batches on the device.
template <class Data>
inline constexpr bool fills_on_device = [] {
    if constexpr (requires { Data::fills_on_device; }) return Data::fills_on_device;
    else return false;
}();

namespace detail {
template <class Data>
concept has_features = requires {
    { Data::features } -> std::convertible_to<std::size_t>;
};
// One sentence for what data lack; whether they lack nothing.
template <class Data, class Device, class T, std::size_t Inputs>
consteval bool are_data_for() {
    static_assert(has_features<Data>,
                  "apd: the data have no `static constexpr std::size_t features`; see data_source.");
    if constexpr (has_features<Data>) {
        static_assert(
            data_source<Data, Device, T>,
            "apd: the data have no fill(device, step, x) that writes a batch [B, features]; see data_source.");
        static_assert(Data::features == Inputs, "apd: the data have not as many features as the network inputs.");
        return data_source<Data, Device, T> && Data::features == Inputs;
    } else {
        return false;
    }
}
}  // namespace detail

}  // namespace apd::ext
