#pragma once
// What every part of a method shares in one run: the batch, the target, what is learned and its gradients.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <apd/backend/array.hpp>
#include <apd/backend/team.hpp>
#include <apd/component/batch_rows.hpp>
#include <apd/component/decomposition_shape.hpp>
#include <apd/component/factors.hpp>
#include <apd/component/method_node.hpp>
#include <apd/core/streams.hpp>
#include <apd/network/parameters.hpp>
#include <apd/optimiser/trainable_parts.hpp>

namespace apd::ext {

/// A decomposition under way, on batches of B rows.
template <class Device, class T, class Net, decomposition_shape Shape>
struct problem {
    using device_type = Device;
    using scalar = T;
    using network_type = Net;
    using shape_type = Shape;
    /// C, the components of all sites.
    static constexpr std::size_t components = Shape::components(Net::sites.size());
    template <std::size_t S>
    static constexpr auto site = site_in<Net, Shape, S>;
    /// The site that a layer uses.
    template <std::size_t Like>
    static constexpr auto site_of(layer_handle<Net, Like> layer) {
        return detail::site_like<Net, Shape, Net::site_numbers[Like]>(Net::site_numbers[layer.number]);
    }
    /// kinds[l]: the first layer that layer l is like, but for its name; sites have as many components too.
    static constexpr auto kinds = [] {
        constexpr auto alike = detail::site_table<Net, Shape>::first_alike;
        const auto site_like = [&](std::size_t l) {
            const std::size_t s = Net::site_numbers[l];
            return s < alike.size() ? alike[s] : s;
        };
        std::array<std::size_t, Net::depth> first{};
        for (std::size_t l = 0; l < Net::depth; ++l)
            while (Net::kinds[first[l]] != Net::kinds[l] || site_like(first[l]) != site_like(l)) ++first[l];
        return first;
    }();

    /// random_seed: of all that is drawn in the run.
    problem(Device& on, const parameters<Net, T>& trained, batch_rows of_batch, std::uint64_t random_seed = 0)
        : device(on),
          rows(checked(of_batch)),
          seed(random_seed),
          target(on, trained),
          parts(on, random_seed),
          x(on, rows.capacity),
          number(on, rows.capacity),
          ones(on, rows.capacity),
          weight(on, rows.capacity),
          step(on) {
        const auto both = factor_views<Device, T, Net, Shape>::add_to(parts);
        factors = both[0], gradients = both[1];
        for (std::size_t s = 0; s < Net::sites.size(); ++s)
            weights_[s] = target.flat(Net::parameter_numbers[Net::sites[s]]).data;
        device(ones["b"_i] = T(1));
        device(weight["b"_i] = T(1));
        upload_in_order(device, number, rows.capacity);
        if (rows.first > 0) device(number["b"_i] += static_cast<std::uint32_t>(rows.first));
        if (rows.capacity < rows.nominal) whole_ = {on, rows.nominal};
    }
    problem(Device& on, const parameters<Net, T>& trained, std::size_t batch, std::uint64_t random_seed = 0)
        : problem(on, trained, batch_rows{batch}, random_seed) {}
    problem(const problem&) = delete;
    problem& operator=(const problem&) = delete;

    /// f(site) for every site, a `component_site`.
    static constexpr void for_each_site(auto&& f) { apd::ext::for_each_site<Net, Shape>(f); }
    /// The matrix W of a site in the target.
    template <class Site>
    view<const T, typename Site::sum> weights(Site of) const {
        return {weights_[of.number]};
    }
    /// Of an array of all rows those of the piece.
    auto of_piece(const auto& all) const { return all.rows(piece.begin, piece.count); }

    /// A step begins: nothing has been added to any gradient.
    void begin_step() { parts.zero_gradients(); }
    /// Batch number `step` of some data, into x: all rows that belong here.
    void fill(const auto& data, const auto& batch_number) {
        keep_rows(rows.capacity);
        if (rows.capacity == rows.nominal) return data.fill(device, batch_number, *x);
        data.fill(device, batch_number, *whole_);
        device(x["bi"_i] = (*whole_).rows(rows.first, rows.capacity)["bi"_i]);
    }
    /// Lays the rows of x that are not all zero first, where the device can; of the others one is left, or none, as it
    /// is said. Sequences stay whole.
    void sort_rows(zero_rows how) {
        if constexpr (requires { device.nonzero_first(*x, *number); }) {
            if (has_weights_) device(weight["b"_i] = T(1));
            has_weights_ = false;
            if (how == zero_rows::stay || Net::sequence_length > 1) return;
            const std::size_t others = device.nonzero_first(*x, *number);
            if (rows.first > 0) device(number["b"_i] += static_cast<std::uint32_t>(rows.first));
            const std::size_t zeros = rows.capacity - others;
            if (how == zero_rows::go) keep_rows(others);
            if (how == zero_rows::are_one && zeros > 0) {
                keep_rows(others + 1);
                device((*weight).rows(others, 1)["b"_i] = static_cast<T>(zeros));
                has_weights_ = true;
            }
        }
    }

    /// Numbers that a node has made of the rows here become those of the whole batch, where a team takes the step: it
    /// adds them up. What a loss adds to gradients, and its value, are added up later.
    template <class E>
    void add_up(view<T, E> sums) {
        if constexpr (requires { device.add_up(sums); }) device.add_up(sums);
    }

    /// A stream of random numbers for one node of a method, which no other node of it has.
    std::uint32_t new_stream() { return next_stream_++; }
    /// A method begins: the same nodes in the same order get the same streams, and share what was learned before.
    void begin_method() {
        next_stream_ = node_streams;
        parts.release_names();
    }

    Device& device;
    batch_rows rows;
    row_piece piece{0, rows.present};  ///< what losses compute just now: all rows, or some that follow each other
    std::size_t rows_at_once = rows_of_piece(rows.capacity);  ///< the most that they do, if they `goes_in_pieces`
    std::uint64_t seed;
    device_parameters<Device, T, Net> target;
    trainable_parts<Device, T> parts;                        ///< all that is learned: the factors, and what nodes own
    factor_views<Device, T, Net, Shape> factors, gradients;  ///< the first of the parts, and their gradients
    array<Device, T, extents<dynamic, Net::inputs>> x;       ///< the batch [B, d_in]
    array<Device, std::uint32_t, extents<dynamic>> number;   ///< [B], which row of the batch each row of x is
    array<Device, T, extents<dynamic>> ones;                 ///< [B]
    array<Device, T, extents<dynamic>> weight;     ///< [B], how many rows of the batch each row of x stands for
    array<Device, std::uint32_t, extents<>> step;  ///< the number of the step, 0 at first

    /// Pieces but the last are a multiple of so many rows.
    static constexpr std::size_t piece_unit = Net::sequence_length > 1 ? Net::sequence_length : 16;

  private:
    // A few tiles for numbers of all components; for a few rows what begins a loop would count.
    static std::size_t rows_of_piece(std::size_t batch) {
        constexpr std::size_t most = std::max<std::size_t>(512, 3 * Device::tile_bytes / (components * sizeof(T)));
        return std::min(batch, whole_sequences(most, piece_unit));
    }
    static batch_rows checked(batch_rows of_batch) {
        check_sequences(of_batch.capacity, Net::sequence_length);
        return of_batch;
    }
    void keep_rows(std::size_t count) {
        rows.present = count;
        piece = {0, count};
        x.resize(count);
        number.resize(count);
        weight.resize(count);
    }
    std::array<const T*, Net::sites.size()> weights_{};
    bool has_weights_ = false;  // other than one
    std::uint32_t next_stream_ = node_streams;
    array<Device, T, extents<dynamic, Net::inputs>> whole_;  // the batch of which x is a slice, if it is one
};

}  // namespace apd::ext
