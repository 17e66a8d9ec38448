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
/// Of sequences: `static constexpr std::size_t sequence_length`, as the network has it; then x is whole sequences, the
/// positions of each one behind the other; `any_length`, if every row is drawn for itself.
///
/// Models: sparse_features (on the device), samples, labelled_samples, token_windows, and these on a device (see
/// `stored_on`).
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

/// As the `sequence_length` of data: neighbouring rows make sequences of any length.
inline constexpr std::size_t any_length = 0;
/// How many neighbouring rows of a batch are a sequence; 1 if data do not say.
template <class Data>
inline constexpr std::size_t sequence_length_of = [] {
    if constexpr (requires { Data::sequence_length; }) return Data::sequence_length;
    else return std::size_t{1};
}();

namespace detail {
template <class Data, class Net>
consteval bool sequences_fit() {
    constexpr std::size_t length = sequence_length_of<Data>;
    constexpr bool fit = Net::sequence_length == 1 || length == any_length || Net::sequence_length == length;
    static_assert(
        fit,
        "apd: the network reads sequences, and the data do not say that theirs have the same `static constexpr "
        "std::size_t sequence_length`; see data_source.");
    return fit;
}
template <class Data>
concept has_features = requires {
    { Data::features } -> std::convertible_to<std::size_t>;
};
// One sentence for what data lack; whether they lack nothing.
template <class Data, class Device, class T, class Net>
consteval bool are_data_for() {
    static_assert(has_features<Data>,
                  "apd: the data have no `static constexpr std::size_t features`; see data_source.");
    if constexpr (has_features<Data>) {
        static_assert(
            data_source<Data, Device, T>,
            "apd: the data have no fill(device, step, x) that writes a batch [B, features]; see data_source.");
        constexpr bool fit = Data::features == Net::inputs;
        static_assert(fit, "apd: the data have not as many features as the network inputs.");
        return data_source<Data, Device, T> && fit && sequences_fit<Data, Net>();
    } else {
        return false;
    }
}
}  // namespace detail

}  // namespace apd::ext
