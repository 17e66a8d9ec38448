#pragma once
// The moments of an optimiser in a file.

#include <span>
#include <string>
#include <vector>

#include <apd/io/tensors.hpp>
#include <apd/network/read_parameter.hpp>
#include <apd/optimiser/optimiser.hpp>

namespace apd::detail {

template <class Device, class T, class Optimiser>
void write_moments(tensors& file, Device& device, const optimiser_run<Device, T, Optimiser>& run) {
    std::vector<T> values;
    run.for_each_moment([&](const std::string& name, const auto& part, const auto& moment) {
        values.resize(moment.batch);
        device.download(moment, std::span(values));
        file.set(name, part.shape, values);
    });
}
/// Errors: `apd::error` if the file lacks one, has it in another shape, or with NaN or infinity in it.
template <class Device, class T, class Optimiser>
void read_moments(const tensors& file, Device& device, const optimiser_run<Device, T, Optimiser>& run) {
    std::vector<T> values;
    run.for_each_moment([&](const std::string& name, const auto& part, const auto& moment) {
        read_tensor(file, name, part.shape, values);
        device.upload(std::span<const T>(values), moment);
    });
}

}  // namespace apd::detail
