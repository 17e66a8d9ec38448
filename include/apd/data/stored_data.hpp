#pragma once
// Data that lie in the memory of a device: batches are gathered there.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/array/elementwise.hpp>
#include <apd/array/view.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/core/philox.hpp>
#include <apd/data/data_source.hpp>

namespace apd::ext {

namespace detail {
// Which row of the data row b of a batch is.
template <class Order>
struct place_in_order {
    Order order;
    step_number step;
    std::size_t batch;
    APD_HOST_DEVICE std::uint32_t operator()(std::uint32_t b) const {
        return static_cast<std::uint32_t>(order(step, batch, b));
    }
};
// The same where rows are taken as they were given.
struct order_from {
    std::size_t first;
    APD_HOST_DEVICE std::size_t operator()(step_number, std::size_t, std::size_t b) const { return first + b; }
};
// Number i of a row, of which each has Width.
template <class Number, std::size_t Width>
struct stored_number {
    const Number* rows;
    template <class I>
    APD_HOST_DEVICE Number operator()(std::uint32_t row, I i) const {
        return rows[row * Width + static_cast<std::size_t>(i)];
    }
    APD_HOST_DEVICE Number operator()(std::uint32_t row) const { return rows[row]; }
};

// What data with labels say of them.
template <class Data>
struct label_types {
    using label_number = float;  // of none
};
template <has_labels Data>
struct label_types<Data> {
    using labels = typename Data::labels;
    using label_number = typename Data::label_number;
    using label_view = typename Data::label_view;
};
}  // namespace detail

/// Concept: data of which `stored_on` makes a copy in the memory of a device. Minimal definition: `rows()`, all of them
/// [N, features] in one vector, `size()` (N) and `order()`, a `batch_order`: a function, called on the device, of a
/// `step_number`, the rows of a batch and one of these, that says which of the N it is. With labels also
/// `labels_of_rows()`.
///
/// Models: samples, labelled_samples, token_windows.
template <class D>
concept storable_data = requires(const D& data, const typename D::batch_order& order) {
    data.rows().data();
    { data.size() } -> std::convertible_to<std::size_t>;
    { data.order() } -> std::same_as<typename D::batch_order>;
    { order(step_number{}, std::size_t{1}, std::size_t{0}) } -> std::same_as<std::size_t>;
};

/// Data in the memory of a device, where batches are gathered: nothing is uploaded for a step, and a GPU repeats steps
/// without the host. Made by `stored_on`. Copies share the rows; each is filled from by one device at a time, that on
/// which the rows lie or a fork of it, and outlives none that filled from it.
template <class Device, class Data>
class stored_data : public detail::label_types<Data> {
    using T = typename std::remove_cvref_t<decltype(std::declval<const Data&>().rows())>::value_type;
    using label_number = typename detail::label_types<Data>::label_number;
    template <class Number>
    using numbers = array<Device, Number, extents<dynamic>>;

  public:
    static constexpr std::size_t features = Data::features;
    static constexpr std::size_t sequence_length = sequence_length_of<Data>;
    static constexpr bool fills_on_device = true;

    stored_data(Device& device, const Data& data) : size_(data.size()), order_(data.order()) {
        auto here = std::make_shared<stored>();
        upload(device, data.rows(), here->rows);
        if constexpr (has_labels<Data>) upload(device, data.labels_of_rows(), here->labels);
        stored_ = std::move(here);
    }
    std::size_t size() const { return size_; }

    void fill(Device& device, step_number step, view<T, extents<dynamic, features>> x) const {
        gather(device, places(device, order_, step, x.batch), (*stored_->rows).data, x);
    }
    template <class Labels>
    void fill(Device& device, step_number step, view<T, extents<dynamic, features>> x, Labels y) const {
        fill(device, step, x);
        gather(device, *place_.of_batch, (*stored_->labels).data, y);
    }
    /// Rows first, first + 1, … as they were given.
    template <class Labels>
    void fill_in_order(Device& device, std::size_t first, view<T, extents<dynamic, features>> x, Labels y) const {
        const auto from = places(device, detail::order_from{first}, step_number{}, x.batch);
        gather(device, from, (*stored_->rows).data, x);
        gather(device, from, (*stored_->labels).data, y);
    }

  private:
    struct stored {
        numbers<T> rows;
        numbers<label_number> labels;
    };
    // Numbers 0, 1, … and places of the rows of a batch. Every copy of the data has its own.
    struct workspace {
        workspace() = default;
        workspace(const workspace&) {}
        workspace& operator=(const workspace&) { return *this; }
        std::size_t most = 0;
        numbers<std::uint32_t> in_order, of_batch;
    };

    template <class Number>
    static void upload(Device& device, const std::vector<Number>& all, numbers<Number>& to) {
        if (all.size() > std::numeric_limits<std::uint32_t>::max())
            throw error("stored_on", std::to_string(all.size()) + " numbers are more than 32 bits count",
                        "leave them on the host");
        to = numbers<Number>(device, all.size());
        device.upload(std::span<const Number>(all), *to);
    }
    template <class Order>
    auto places(Device& device, const Order& order, step_number step, std::size_t batch) const {
        if (batch > place_.most) {
            place_.most = batch;
            place_.in_order = numbers<std::uint32_t>(device, batch);
            place_.of_batch = numbers<std::uint32_t>(device, batch);
            upload_in_order(device, place_.in_order, batch);
        }
        place_.in_order.resize(batch), place_.of_batch.resize(batch);
        device(place_.of_batch["b"_i] = map(detail::place_in_order<Order>{order, step, batch}, place_.in_order["b"_i]));
        return *place_.of_batch;
    }
    template <class Number, std::size_t Width>
    static void gather(Device& device, const auto& from, const Number* all, view<Number, extents<dynamic, Width>> to) {
        const detail::stored_number<Number, Width> row{all};
        device(to["bi"_i] = map(row, from["b"_i], number_of<Number>("i"_i)));
    }
    template <class Number>
    static void gather(Device& device, const auto& from, const Number* all, view<Number, extents<dynamic>> to) {
        device(to["b"_i] = map(detail::stored_number<Number, 1>{all}, from["b"_i]));
    }

    std::size_t size_;
    typename Data::batch_order order_;
    std::shared_ptr<const stored> stored_;
    mutable workspace place_;
};

/// The same data in the memory of a device, if they fit there. Of a GPU it is the one on which a run computes.
///
/// Errors: `apd::error` if there is no room for them, for 2³² numbers and more, and for a token of Words or more.
/// Example: `apd::cuda gpu; const auto target = apd::train<net>(gpu, apd::stored_on(gpu, digits), …);`
template <class Device, class Data>
auto stored_on(Device& device, const Data& data) {
    static_assert(storable_data<Data>,
                  "apd::stored_on: the data have no rows(), size() and order(), as samples have; see storable_data.");
    if constexpr (storable_data<Data>) return stored_data<Device, Data>(device, data);
}

}  // namespace apd::ext

namespace apd {
using ext::stored_on;
}  // namespace apd
