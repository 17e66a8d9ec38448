#pragma once
// What every part of a method shares in one run: the batch, the target, the factors and their gradients.

#include <cstddef>
#include <cstdint>

#include <apd/backend/array.hpp>
#include <apd/component/factors.hpp>
#include <apd/core/streams.hpp>
#include <apd/network/parameters.hpp>

namespace apd {

/// A decomposition under way, with B samples at a time.
template <class Device, class T, class Net, std::size_t C, std::size_t Rank>
struct problem {
    using device_type = Device;
    using scalar = T;
    using network_type = Net;
    static constexpr std::size_t components = C;
    template <std::size_t S>
    using shapes = factor_shapes<Net, C, Rank, S>;

    /// random_seed: of all that nodes draw.
    problem(Device& on, const parameters<Net, T>& trained, std::size_t samples, std::uint64_t random_seed = 0)
        : device(on),
          batch(samples),
          seed(random_seed),
          target(on, trained),
          factors(on),
          gradients(on),
          x(on, samples),
          number(on, samples),
          ones(on, samples),
          step(on) {
        device(ones["b"_i] = T(1));
        upload_in_order(device, number, samples);
    }

    /// Batch number `step` of some data, into x.
    void fill(const auto& data, const auto& batch_number) {
        x.resize(batch);
        data.fill(device, batch_number, *x);
    }
    /// How many samples x holds now: all of the batch, or those that a step does not leave out.
    std::size_t samples() const { return (*x).batch; }

    /// A stream of random numbers for one node of a method, which no other node of it has.
    std::uint32_t new_stream() { return next_stream_++; }
    /// A method begins: the same nodes in the same order get the same streams.
    void restart_streams() { next_stream_ = node_streams; }

    Device& device;
    std::size_t batch;
    std::uint64_t seed;
    device_parameters<Device, T, Net> target;
    factor_arrays<Device, T, Net, C, Rank> factors, gradients;
    array<Device, T, extents<dynamic, Net::inputs>> x;      ///< the batch [B, d_in]
    array<Device, std::uint32_t, extents<dynamic>> number;  ///< [B], which sample of the batch each row of x is
    array<Device, T, extents<dynamic>> ones;                ///< [B]
    array<Device, std::uint32_t, extents<>> step;           ///< the number of the step, 0 at first

  private:
    std::uint32_t next_stream_ = node_streams;
};

}  // namespace apd
