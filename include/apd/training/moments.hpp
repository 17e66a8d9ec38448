#pragma once
// What is learned, and the moments of an optimiser, in a file.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <apd/array/view.hpp>
#include <apd/io/tensor_dtype.hpp>
#include <apd/io/tensors.hpp>
#include <apd/network/read_parameter.hpp>
#include <apd/optimiser/optimiser.hpp>
#include <apd/optimiser/trainable_parts.hpp>

namespace apd::ext::detail {

/// An array in a backend's memory, copied from there when the file is written.
template <class Device, class T>
void write_later(tensors& file, const std::string& name, const std::vector<std::size_t>& shape, Device& device,
                 view<T, extents<dynamic>> numbers) {
    file.set_later(name, dtype_of<T>, shape, [&device, numbers](std::size_t begin, std::span<std::byte> to) {
        const std::size_t size = to.size() / sizeof(T);
        const view<T, extents<dynamic>> piece{numbers.data + begin / sizeof(T), size, size};
        device.download(piece, std::span(reinterpret_cast<T*>(to.data()), size));
    });
}
template <class Device, class T, class Optimiser>
void write_moments(tensors& file, Device& device, const optimiser_run<Device, T, Optimiser>& run) {
    run.for_each_moment([&](const std::string& name, const auto& part, const auto& moment) {
        write_later(file, name, part.shape, device, moment);
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

/// "kept.⟨name⟩" of what outlives steps beside what is learned.
template <class Device, class T>
void write_kept(tensors& file, Device& device, const trainable_parts<Device, T>& parts) {
    for (const auto& each : parts.kept()) write_later(file, "kept." + each.name, each.shape, device, each.value);
}
/// Errors: as of `read_moments`.
template <class Device, class T>
void read_kept(const tensors& file, Device& device, const trainable_parts<Device, T>& parts) {
    std::vector<T> values;
    for (const auto& each : parts.kept()) {
        read_tensor(file, "kept." + each.name, each.shape, values);
        device.upload(std::span<const T>(values), each.value);
    }
}

}  // namespace apd::ext::detail
