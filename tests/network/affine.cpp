// That derivatives are derivatives is tested in laws/networks.cpp.

#include <tuple>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>

namespace {

using numbers = std::vector<double>;
using append = apd::append_one<2, 3>;  // two numbers at each of three positions
template <std::size_t... Sizes>
using batch = apd::ext::array<apd_test::plain_backend, double, apd::extents<apd::dynamic, Sizes...>>;

template <class Net>
numbers output(const apd::tensors& file, const numbers& samples) {
    apd_test::plain_backend device;
    const apd::ext::device_parameters<apd_test::plain_backend, double, Net> target(device,
                                                                                   apd::parameters<Net, double>(file));
    const std::size_t count = samples.size() / Net::inputs;
    const batch<Net::inputs> input(device, count);
    device.upload(std::span(samples), *input);
    apd::ext::activation_arrays<apd_test::plain_backend, double, Net> x(device, count);
    x.template set<0>(*input);
    apd::ext::forward<Net>(
        device, [&](auto layer) { return target.view_of(layer); }, x);
    return apd_test::on_host(device, x.template at<Net::depth>());
}
apd::tensors two_inputs() {
    apd::tensors file;
    file.set("W", {3, 2}, numbers{1, 2, 3, 4, 10, 20});
    return file;
}

}  // namespace

static_assert(apd::ext::layer<append> && !apd::ext::parametrised_layer<append>);
static_assert(append::inputs == 6 && append::outputs() == 9);
static_assert(std::is_same_v<apd::affine<"W", 5, 2, 3>::parts,  //
                             std::tuple<apd::append_one<5, 3>, apd::linear<"W", 6, 2, 3>>>);

TEST_CASE("a one is appended to what is at every position") {
    apd_test::plain_backend device;
    const batch<6> x(device, 2), gx(device, 2);
    const batch<9> y(device, 2);
    device.upload(std::span<const double>(numbers{1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6}), *x);
    append::forward(device, apd::ext::no_parameter{}, *x, *y);
    const numbers appended{1, 2, 1, 3, 4, 1, 5, 6, 1, -1, -2, 1, -3, -4, 1, -5, -6, 1};
    CHECK(apd_test::on_host(device, *y) == appended);
    append::pullback(device, apd::ext::no_parameter{}, *x, *y, *gx);  // y as gradient: that of the ones goes nowhere
    CHECK(apd_test::on_host(device, *gx) == apd_test::on_host(device, *x));
}
TEST_CASE("the one that is appended has no tangent") {
    apd_test::plain_backend device;
    const batch<6> x(device, 1);
    const batch<2, 6> tx(device, 1);
    const batch<2, 9> ty(device, 1);
    device.upload(std::span<const double>(numbers{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60}), *tx);
    device.upload(std::span<const double>(numbers(18, 1000)), *ty);  // is written over
    append::pushforward(device, apd::ext::no_parameter{}, *x, *tx, *ty);
    CHECK(apd_test::on_host(device, *ty) == numbers{1, 2, 0, 3, 4, 0, 5, 6, 0, 10, 20, 0, 30, 40, 0, 50, 60, 0});
}
TEST_CASE("the last row of an affine layer's matrix is a bias") {
    using network = apd::network<apd::affine<"W", 2, 2>>;
    STATIC_REQUIRE(network::inputs == 2);
    STATIC_REQUIRE(std::is_same_v<network::site_at<network::site_named<"W">>::shape, apd::extents<3, 2>>);
    CHECK(output<network>(two_inputs(), {0, 0, 1, 1, -5, 2}) == numbers{10, 20, 14, 26, 11, 18});
}
TEST_CASE("an affine layer is the same at every position") {
    using network = apd::network<apd::affine<"W", 2, 2, 3>>;
    CHECK(output<network>(two_inputs(), {0, 0, 1, 1, -5, 2}) == numbers{10, 20, 14, 26, 11, 18});
}
