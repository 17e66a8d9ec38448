// The laws of layers, for every layer alone and for stacks: pushforward is the derivative of forward, pullback its
// transpose.

#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/serial.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

namespace {

using apd_test::on_host;
using apd_test::random_numbers;

double inner_product(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

/// A layer without a parameter, on [B, 4], with K = 3 tangents.
template <class Layer, class Device>
void laws_hold() {
    using namespace apd::literals;
    constexpr std::size_t B = 5, K = 3, d = 4;
    Device device;
    apd::array<Device, double, apd::extents<apd::dynamic, d>> x(device, B), y(device, B), above(device, B),
        below(device, B);
    apd::array<Device, double, apd::extents<apd::dynamic, K, d>> tx(device, B), ty(device, B), gy(device, B),
        gx(device, B);
    const auto at = random_numbers(B * d, 3), tangent = random_numbers(B * K * d, 4),
               cotangent = random_numbers(B * K * d, 5);
    device.upload(std::span(at), *x);
    device.upload(std::span(tangent), *tx);
    device.upload(std::span(cotangent), *gy);
    const apd::no_parameter none;
    Layer::forward(device, none, *x, *y);
    Layer::pushforward(device, none, *x, *tx, *ty);
    Layer::pullback(device, none, *x, *gy, *gx);
    const auto pushed = on_host(device, *ty), pulled = on_host(device, *gx);

    for (std::size_t k = 0; k < K; ++k) {
        const double h = 1e-6;
        auto shifted = at;
        const auto shift = [&](double by) {
            for (std::size_t b = 0; b < B; ++b)
                for (std::size_t i = 0; i < d; ++i)
                    shifted[b * d + i] = at[b * d + i] + by * tangent[(b * K + k) * d + i];
            device.upload(std::span<const double>(shifted), *x);
        };
        shift(h);
        Layer::forward(device, none, *x, *above);
        shift(-h);
        Layer::forward(device, none, *x, *below);
        const auto high = on_host(device, *above), low = on_host(device, *below);
        for (std::size_t b = 0; b < B; ++b)
            for (std::size_t i = 0; i < d; ++i)
                CHECK(pushed[(b * K + k) * d + i] ==
                      Approx((high[b * d + i] - low[b * d + i]) / (2 * h)).epsilon(1e-6).margin(1e-8));
    }
    CHECK(inner_product(cotangent, pushed) == Approx(inner_product(pulled, tangent)).epsilon(1e-12));
}

}  // namespace

TEMPLATE_PRODUCT_TEST_CASE("elementwise layers keep the laws of layers", "", apd::elementwise,
                           (apd::relu_function, apd::gelu_function, apd::identity_function)) {
    laws_hold<TestType, apd::cpu>();
    laws_hold<TestType, apd_test::serial>();
}

TEST_CASE("the gradients that training uses are those of the mean squared error") {
    apd_test::training_gradients_are_right<apd_test::small_network<apd::gelu>>();
}
