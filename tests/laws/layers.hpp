#pragma once
// The laws of a layer: pushforward is the derivative of forward, pullback its transpose.

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <support/catch.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

namespace apd_test {

namespace detail {

inline double inner_product(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

// A layer without a parameter, on [B, Inputs], with K = 3 tangents.
template <class Layer, class Device, std::size_t Inputs>
struct layer_on {
    static constexpr std::size_t B = 5 * apd::ext::detail::sequence_length<Layer>, K = 3,
                                 Outputs = Layer::outputs(Inputs);
    template <std::size_t... Sizes>
    using numbers = apd::ext::array<Device, double, apd::extents<apd::dynamic, Sizes...>>;
    static constexpr std::size_t room_size =
        std::max<std::size_t>(1, apd::ext::detail::workspace_size::at<Layer>(Inputs));

    Device device{};
    numbers<Inputs> x{device, B};
    numbers<Outputs> y{device, B};
    numbers<room_size> kept{device, B};
    numbers<K, room_size> workspace{device, B};
    numbers<K, Inputs> tx{device, B}, gx{device, B};
    numbers<K, Outputs> ty{device, B}, gy{device, B};

    // Calls a function of the layer, with room where it needs some.
    auto forward(const std::vector<double>& at) {
        device.upload(std::span(at), *x);
        if constexpr (apd::ext::layer_with_workspace<Layer>)
            Layer::forward(device, apd::ext::no_parameter{}, *x, *y, *kept);
        else Layer::forward(device, apd::ext::no_parameter{}, *x, *y);
        return on_host(device, *y);
    }
    auto pushforward(const std::vector<double>& tangent) {
        device.upload(std::span(tangent), *tx);
        if constexpr (apd::ext::layer_with_workspace<Layer>)
            Layer::pushforward(device, apd::ext::no_parameter{}, *x, *tx, *ty, *kept, *workspace);
        else Layer::pushforward(device, apd::ext::no_parameter{}, *x, *tx, *ty);
        return on_host(device, *ty);
    }
    auto pullback(const std::vector<double>& cotangent) {
        device.upload(std::span(cotangent), *gy);
        if constexpr (apd::ext::layer_with_workspace<Layer>)
            Layer::pullback(device, apd::ext::no_parameter{}, *x, *gy, *gx, *kept, *workspace);
        else Layer::pullback(device, apd::ext::no_parameter{}, *x, *gy, *gx);
        return on_host(device, *gx);
    }

    void keeps_the_laws() {
        const auto at = random_numbers(B * Inputs, 3), tangent = random_numbers(B * K * Inputs, 4),
                   cotangent = random_numbers(B * K * Outputs, 5);
        forward(at);
        const auto pushed = pushforward(tangent), pulled = pullback(cotangent);
        for (std::size_t k = 0; k < K; ++k) {
            const double h = 1e-6;
            const auto shifted = [&](double by) {
                auto moved = at;
                for (std::size_t b = 0; b < B; ++b)
                    for (std::size_t i = 0; i < Inputs; ++i)
                        moved[b * Inputs + i] += by * tangent[(b * K + k) * Inputs + i];
                return forward(moved);
            };
            const auto above = shifted(h), below = shifted(-h);
            for (std::size_t b = 0; b < B; ++b)
                for (std::size_t o = 0; o < Outputs; ++o)
                    CHECK(
                        pushed[(b * K + k) * Outputs + o] ==
                        Approx((above[b * Outputs + o] - below[b * Outputs + o]) / (2 * h)).epsilon(1e-6).margin(1e-8));
        }
        CHECK(inner_product(cotangent, pushed) == Approx(inner_product(pulled, tangent)).epsilon(1e-12));
    }
};

}  // namespace detail

/// Of a layer without a parameter, on several samples and with several tangents, against central differences in double.
template <class Layer, class Device, std::size_t Inputs>
void layer_keeps_the_laws() {
    detail::layer_on<Layer, Device, Inputs>().keeps_the_laws();
}

}  // namespace apd_test
