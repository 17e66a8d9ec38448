// That derivatives are derivatives, for K tangents, is tested in laws/layers.cpp.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/network/elementwise.hpp>

namespace {

// [example elementwise]
struct softplus_function {
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return std::log1p(std::exp(x));
    }
    template <class T>
    APD_HOST_DEVICE static T derivative(T x) {
        return 1 / (1 + std::exp(-x));
    }
};
using softplus = apd::elementwise<softplus_function>;
// [/example]

}  // namespace

static_assert(apd::ext::layer<softplus> && !apd::ext::parametrised_layer<softplus> && !apd::ext::site_use<softplus>);
static_assert(apd::relu::outputs(7) == 7);

TEMPLATE_TEST_CASE("relu is max(x, 0), and its derivative at 0 is 0", "", float, double) {
    const apd::ext::relu_function f;
    CHECK(f(TestType(-2)) == 0);
    CHECK(f(TestType(0)) == 0);
    CHECK(f(TestType(2.5)) == TestType(2.5));
    CHECK(std::isnan(f(std::numeric_limits<TestType>::quiet_NaN())));
    CHECK(f.derivative(TestType(-1e-30)) == 0);
    CHECK(f.derivative(TestType(0)) == 0);
    CHECK(f.derivative(TestType(-0.0)) == 0);
    CHECK(f.derivative(TestType(1e-30)) == 1);
}
TEMPLATE_TEST_CASE("gelu is x times the normal distribution function", "", float, double) {
    // Phi(1) = 0.841344746068543, phi(1) = 0.241970724519143; Phi(2) = 0.977249868051821, phi(2) = 0.053990966513188.
    const apd::ext::gelu_function f;
    const auto near = [](double number) { return Approx(number).epsilon(sizeof(TestType) == 8 ? 1e-13 : 1e-6); };
    CHECK(f(TestType(1)) == near(0.841344746068543));
    CHECK(f(TestType(-1)) == near(-(1 - 0.841344746068543)));
    CHECK(f(TestType(2)) == near(2 * 0.977249868051821));
    CHECK(f(TestType(0)) == 0);
    CHECK(f(TestType(40)) == 40);
    CHECK(f(TestType(-40)) == 0);
    CHECK(f.derivative(TestType(0)) == TestType(0.5));
    CHECK(f.derivative(TestType(1)) == near(0.841344746068543 + 0.241970724519143));
    CHECK(f.derivative(TestType(-1)) == near(1 - 0.841344746068543 - 0.241970724519143));
    CHECK(f.derivative(TestType(2)) == near(0.977249868051821 + 2 * 0.053990966513188));
    CHECK(f.derivative(TestType(-40)) == 0);
    CHECK(f.derivative(TestType(40)) == 1);
    CHECK(std::isnan(f(std::numeric_limits<TestType>::quiet_NaN())));
}
TEST_CASE("gelu of floats is as exact as floats are") {
    const apd::ext::gelu_function f;
    double of_value = 0, of_derivative = 0;
    for (int i = -12'000; i <= 12'000; ++i) {
        const float x = static_cast<float>(i) / 1'000;
        of_value = std::max(of_value, std::abs(f(x) - f(static_cast<double>(x))) / (1 + std::abs(x)));
        of_derivative = std::max(of_derivative, std::abs(f.derivative(x) - f.derivative(static_cast<double>(x))));
    }
    CHECK(of_value < 6e-7);
    CHECK(of_derivative < 1e-6);
}
TEST_CASE("the identity keeps its input, with derivative 1 everywhere") {
    const apd::ext::identity_function f;
    CHECK(f(-3.25) == -3.25);
    CHECK(f.derivative(0.0) == 1);
    CHECK(f.derivative(-7.0) == 1);
}
TEST_CASE("a layer of a function of one's own applies it to every entry, and its derivative to gradients") {
    apd_test::plain_backend device;
    using batch = apd::ext::array<apd_test::plain_backend, double, apd::extents<apd::dynamic, 2>>;
    const batch x(device, 2), y(device, 2), gy(device, 2), gx(device, 2);
    device.upload(std::span<const double>(std::vector{0.0, std::log(3.0), -std::log(3.0), std::log(7.0)}), *x);
    device.upload(std::span<const double>(std::vector<double>{2, 4, 8, -16}), *gy);
    softplus::forward(device, apd::ext::no_parameter{}, *x, *y);
    softplus::pullback(device, apd::ext::no_parameter{}, *x, *gy, *gx);
    // log(1 + e^x) and e^x/(1 + e^x) for e^x = 1, 3, 1/3, 7
    CHECK_THAT(apd_test::on_host(device, *y),
               Catch::Matchers::Approx(std::vector{std::log(2.0), std::log(4.0), std::log(4.0 / 3), std::log(8.0)}));
    CHECK_THAT(apd_test::on_host(device, *gx), Catch::Matchers::Approx(std::vector<double>{1, 3, 2, -14}));
}
