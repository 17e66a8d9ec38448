#pragma once
// A network small enough for finite differences, with every kind of use of a site, and random numbers for it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <apd/component/problem.hpp>
#include <apd/network/network.hpp>

namespace apd_test {

/// y = f(x W H Wᵀ + b): a tied site, a hidden one, a bias.
template <class Activation>
using small_network =
    apd::network<apd::linear<"W", 4, 3>, apd::linear<"H", 3, 3>, apd::transposed<"W">, apd::bias<"b", 4>, Activation>;

/// n normal numbers, the same for the same seed.
template <class T = double>
std::vector<T> random_numbers(std::size_t n, std::uint64_t seed, double deviation = 1) {
    std::vector<T> values(n);
    apd::ext::detail::fill_normal<T>(values, deviation, seed, 77);
    return values;
}

template <class Net, class T = double>
apd::parameters<Net, T> random_parameters(std::uint64_t seed) {
    apd::parameters<Net, T> target;
    apd::repeat<Net::parametrised.size()>([&](auto p) {
        const auto values = random_numbers<T>(target.template at<p>().size(), seed + p, 0.7);
        std::copy(values.begin(), values.end(), target.template at<p>().begin());
    });
    return target;
}

/// A problem with random target, factors and batch on a device of its own.
template <class Net, apd::ext::decomposition_shape Shape, class Device, class T = double>
struct small_problem_of {
    using problem_type = apd::ext::problem<Device, T, Net, Shape>;
    using host_factors = apd::factors<Net, Shape, T>;

    explicit small_problem_of(std::size_t batch, std::uint64_t seed = 1)
        : target(random_parameters<Net, T>(seed)),
          problem(device, target, batch),
          x(random_numbers<T>(batch * Net::inputs, seed + 50)),
          factors(host_factors::random(seed + 60, 2.0)) {
        device.upload(std::span<const T>(x), *problem.x);
        problem.factors.upload(device, factors);
    }

    Device device;
    apd::parameters<Net, T> target;
    problem_type problem;
    std::vector<T> x;
    host_factors factors;
};
template <class Net, std::size_t C, std::size_t Rank, class Device, class T = double>
using small_problem = small_problem_of<Net, apd::shared_components<C, Rank>, Device, T>;

/// An array of the backend as row-major numbers.
template <class T, class E, class Device>
auto on_host(Device& device, apd::ext::view<T, E> array) {
    std::vector<std::remove_const_t<T>> values(array.batch * E::elements);
    device.download(array, std::span(values));
    return values;
}

/// The same of what is computed where it is read.
template <class Function, class View, class Device>
auto on_host(Device& device, apd::ext::mapped_view<Function, View> numbers) {
    const apd::ext::array<Device, typename View::value_type, typename View::shape> array(device, numbers.array.batch);
    device((*array)[apd::ext::axes<'b', 'c'>{}] = numbers[apd::ext::axes<'b', 'c'>{}]);
    return on_host(device, *array);
}

/// The samples of every component's active pairs.
template <class Device>
std::vector<std::vector<std::uint32_t>> samples_of(Device& device, const apd::ext::active_pairs& pairs) {
    using list = apd::ext::view<std::uint32_t, apd::extents<apd::dynamic>>;
    const auto first = on_host(device, list{pairs.first, pairs.components + 1, pairs.components + 1});
    const auto all = on_host(device, list{pairs.sample, first.back(), first.back()});
    std::vector<std::vector<std::uint32_t>> samples;
    for (std::size_t c = 0; c < pairs.components; ++c)
        samples.emplace_back(all.begin() + first[c], all.begin() + first[c + 1]);
    return samples;
}
/// Makes these the active samples of every component.
template <class Device>
void write_pairs(Device& device, const std::vector<std::vector<std::uint32_t>>& samples,
                 apd::ext::active_pairs& pairs) {
    using list = apd::ext::view<std::uint32_t, apd::extents<apd::dynamic>>;
    std::vector<std::uint32_t> first{0}, all;
    for (const auto& each : samples) {
        all.insert(all.end(), each.begin(), each.end());
        first.push_back(static_cast<std::uint32_t>(all.size()));
    }
    device.upload(std::span<const std::uint32_t>(first), list{pairs.first, first.size(), first.size()});
    device.upload(std::span<const std::uint32_t>(all), list{pairs.sample, all.size(), all.size()});
}

}  // namespace apd_test
