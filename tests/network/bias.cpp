#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/network/bias.hpp>

namespace {
using bias = apd::bias<"b", 2>;
using vector = apd::ext::array<apd_test::plain_backend, double, apd::extents<2>>;
using batch = apd::ext::array<apd_test::plain_backend, double, apd::extents<apd::dynamic, 2>>;
}  // namespace

static_assert(apd::ext::parametrised_layer<bias> && !apd::ext::site_use<bias>);
static_assert(bias::name.view() == "b" && bias::inputs == 2 && bias::outputs() == 2);
static_assert(std::is_same_v<bias::shape, apd::extents<2>>);

TEST_CASE("a bias is added to every sample, and its gradient sums over them") {
    apd_test::plain_backend device;
    const vector b(device), gradient(device);
    const batch x(device, 3), y(device, 3), gy(device, 3);
    device.upload(std::span<const double>(std::vector<double>{10, 20}), *b);
    device.upload(std::span<const double>(std::vector<double>{100, 200}), *gradient);
    device.upload(std::span<const double>(std::vector<double>{1, 2, 3, 4, 5, 6}), *x);
    device.upload(std::span<const double>(std::vector<double>{1, -1, 2, -2, 4, -4}), *gy);

    const apd::ext::parameter_view<double, apd::extents<2>> parameter{*b, *gradient};
    bias::forward(device, parameter, *x, *y);
    CHECK(apd_test::on_host(device, *y) == std::vector<double>{11, 22, 13, 24, 15, 26});
    bias::pullback_parameter(device, parameter, *x, *gy);
    CHECK(apd_test::on_host(device, *gradient) == std::vector<double>{107, 193});  // added to what was there
}
