#pragma once
// Gradients against central differences, in double.

#include <cmath>
#include <cstddef>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <support/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace apd_test {

/// Every term alone, then all together with unequal weights: each entry of the gradient of each part that is learned
/// against (L(x + h) − L(x − h))/2h. First prepare(problem) changes what is learned, where gradients are no slopes.
template <class Net, apd::ext::decomposition_shape Shape, class Device, class... Terms>
void gradients_of_shape_are_right(apd::ext::objective<Terms...> sum, auto&& prepare) {
    small_problem_of<Net, Shape, Device> small(6);
    constexpr std::size_t count = sizeof...(Terms);
    for (std::size_t only = 0; only <= count; ++only) {
        std::size_t i = 0;
        std::apply(
            [&](auto&... each) {
                ((each.weight = only == count ? 0.5 + static_cast<double>(i) : only == i ? 1 : 0, ++i), ...);
            },
            sum.terms);
        apd::ext::objective_step<typename decltype(small)::problem_type, apd::ext::objective<Terms...>> run(
            small.problem, sum);
        prepare(small.problem);
        const auto loss = [&] {
            run.evaluate();
            const auto values = run.values();
            double total = 0;
            std::size_t at = 0;
            std::apply([&](const auto&... each) { ((total += each.weight * values[at++]), ...); }, sum.terms);
            return total;
        };
        loss();
        run.pullback();
        std::vector<std::vector<double>> gradients;
        for (const auto& part : small.problem.parts) gradients.push_back(on_host(small.device, part.gradient));
        std::size_t number = 0;
        for (const auto& part : small.problem.parts) {
            auto numbers = on_host(small.device, part.value);
            const auto& found = gradients[number++];
            const auto loss_with = [&](std::size_t entry, double value) {
                const double before = std::exchange(numbers[entry], value);
                small.device.upload(std::span<const double>(numbers), part.value);
                numbers[entry] = before;
                return loss();
            };
            double norm = 0;
            for (const double g : found) norm += g * g;
            for (std::size_t entry = 0; entry < numbers.size(); ++entry) {
                const double h = 1e-5, middle = numbers[entry];
                const double above = loss_with(entry, middle + h), below = loss_with(entry, middle - h);
                INFO("term " << only << ", entry " << entry << " of " << part.name);
                CHECK(found[entry] ==
                      Approx((above - below) / (2 * h)).epsilon(1e-5).margin(1e-8 * (1 + std::sqrt(norm))));
            }
            small.device.upload(std::span<const double>(numbers), part.value);
        }
    }
}
template <class Net, apd::ext::decomposition_shape Shape, class Device, class... Terms>
void gradients_of_shape_are_right(const apd::ext::objective<Terms...>& sum) {
    gradients_of_shape_are_right<Net, Shape, Device>(sum, [](auto&) {});
}
/// The same of C components of all sites.
template <class Net, std::size_t C, std::size_t Rank, class Device, class... Terms>
void gradients_are_right(const apd::ext::objective<Terms...>& sum) {
    gradients_of_shape_are_right<Net, apd::shared_components<C, Rank>, Device>(sum);
}

/// a [B, C] of an attribution at the batch of a small problem.
std::vector<double> attributions_of(auto& small, const auto& attribution) {
    const auto objective = 1.0 * apd::minimality(apd::batch_top_k(attribution, 1));
    using problem_type = typename std::remove_reference_t<decltype(small)>::problem_type;
    apd::ext::objective_step<problem_type, std::decay_t<decltype(objective)>> run(small.problem, objective);
    run.evaluate();
    return on_host(small.device, run(attribution).value());
}

/// The gradients by which a target is trained, of every parameter.
template <class network>
void training_gradients_are_right() {
    constexpr std::size_t B = 6;
    apd_test::tested_backend device;
    auto host = random_parameters<network>(9);
    const auto batch = random_numbers(B * network::inputs, 11);
    apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, network::inputs>> x(device, B);
    device.upload(std::span(batch), *x);
    apd::ext::device_parameters<apd_test::tested_backend, double, network> gradients(device);
    const auto loss = [&](const apd::parameters<network, double>& at) {
        const apd::ext::device_parameters<apd_test::tested_backend, double, network> weights(device, at);
        apd::ext::computed_goal<apd_test::tested_backend, double, network, apd::input_as_label> goal(device, B, {});
        apd::ext::training_pass<apd_test::tested_backend, double, network> pass(device, B, weights, gradients, goal);
        pass.differentiate(*x);
        return pass.loss(*x);
    };
    loss(host);
    auto found = host;
    gradients.download(device, found);
    for (std::size_t p = 0; p < network::parametrised.size(); ++p) {
        if (!apd::ext::is_trained<network>(p)) continue;
        for (std::size_t i = 0; i < host.at(p).size(); ++i) {
            double& entry = host.at(p)[i];
            const double h = 1e-6, middle = entry;
            entry = middle + h;
            const double above = loss(host);
            entry = middle - h;
            const double below = loss(host);
            entry = middle;
            CHECK(found.at(p)[i] == Approx((above - below) / (2 * h)).epsilon(1e-6).margin(1e-9));
        }
    }
}

}  // namespace apd_test
