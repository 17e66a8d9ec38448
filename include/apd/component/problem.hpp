#pragma once
// What every part of a method shares in one run: the batch, the target, the factors and their gradients.

#include <cstddef>
#include <cstdint>

#include <apd/backend/array.hpp>
#include <apd/component/factors.hpp>
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

    problem(Device& on, const parameters<Net, T>& trained, std::size_t samples)
        : device(on),
          batch(samples),
          target(on, trained),
          factors(on),
          gradients(on),
          x(on, samples),
          ones(on, samples),
          step(on) {
        device(ones["b"_i] = T(1));
    }

    /// Batch number `step` of some data, into x.
    void fill(const auto& data, const auto& number) {
        x.resize(batch);
        data.fill(device, number, *x);
    }
    /// How many samples x holds now: all of the batch, or those that a step does not leave out.
    std::size_t samples() const { return (*x).batch; }

    Device& device;
    std::size_t batch;
    device_parameters<Device, T, Net> target;
    factor_arrays<Device, T, Net, C, Rank> factors, gradients;
    array<Device, T, extents<dynamic, Net::inputs>> x;  ///< the batch [B, d_in]
    array<Device, T, extents<dynamic>> ones;            ///< [B]
    array<Device, std::uint32_t, extents<>> step;       ///< the number of the step, 0 at first
};

}  // namespace apd
