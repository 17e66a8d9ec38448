#pragma once
// What a layer gives for rows of one's own.

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/array.hpp>
#include <apd/network/network.hpp>

namespace apd_test {

/// Rows of Inputs numbers become rows of what the layer gives; a parameter has the numbers `parameter`.
template <class Layer, std::size_t Inputs, class Device = tested_backend>
std::vector<double> layer_output(const std::vector<double>& rows, const std::vector<double>& parameter = {}) {
    Device device{};
    const std::size_t count = rows.size() / Inputs;
    constexpr std::size_t room = std::max<std::size_t>(1, apd::ext::detail::workspace_size::at<Layer>(Inputs));
    const apd::ext::array<Device, double, apd::extents<apd::dynamic, Inputs>> x(device, count);
    const apd::ext::array<Device, double, apd::extents<apd::dynamic, Layer::outputs(Inputs)>> y(device, count);
    const apd::ext::array<Device, double, apd::extents<apd::dynamic, room>> workspace(device, count);
    device.upload(std::span(rows), *x);
    if constexpr (apd::ext::parametrised_layer<Layer>) {
        const apd::ext::array<Device, double, typename Layer::shape> numbers(device);
        const std::size_t size = parameter.size();
        device.upload(std::span(parameter),
                      apd::ext::view<double, apd::extents<apd::dynamic>>{(*numbers).data, size, size});
        Layer::forward(device, apd::ext::parameter_view<double, typename Layer::shape>{*numbers}, *x, *y);
    } else if constexpr (apd::ext::layer_with_workspace<Layer>) {
        Layer::forward(device, apd::ext::no_parameter{}, *x, *y, *workspace);
    } else {
        Layer::forward(device, apd::ext::no_parameter{}, *x, *y);
    }
    return on_host(device, *y);
}

}  // namespace apd_test
