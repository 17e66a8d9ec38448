// Derivatives of residual networks are in laws/networks.cpp.

#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>

namespace {
using apd::relu;
template <apd::static_string Name>
using square = apd::linear<apd::static_string(Name), 2, 2>;
// x + (z + relu(z)) B, z = x A
using nested = apd::network<apd::residual<square<"A">, apd::residual<relu>, square<"B">>>;
// Two blocks that begin at the same place: x + (x + x A).
using twice = apd::network<square<"W">, apd::residual<apd::residual<square<"A">>>>;

template <class Net>
std::vector<double> output(const apd::tensors& file, std::vector<double> sample) {
    apd_test::plain_backend device;
    const apd::ext::device_parameters<apd_test::plain_backend, double, Net> target(device,
                                                                                   apd::parameters<Net, double>(file));
    const apd::ext::array<apd_test::plain_backend, double, apd::extents<apd::dynamic, 2>> input(device, 1);
    device.upload(std::span<const double>(sample), *input);
    apd::ext::activation_arrays<apd_test::plain_backend, double, Net> x(device, 1);
    x.template set<0>(*input);
    apd::ext::forward<Net>(
        device, [&](auto layer) { return target.view_of(layer); }, x);
    return apd_test::on_host(device, x.template at<Net::depth>());
}
}  // namespace

TEST_CASE("blocks are written out: their layers, then the sum with what they were given") {
    STATIC_REQUIRE(std::is_same_v<nested::layers,
                                  std::tuple<square<"A">, relu, apd::ext::skip<1>, square<"B">, apd::ext::skip<4>>>);
    STATIC_REQUIRE(
        std::is_same_v<twice::layers, std::tuple<square<"W">, square<"A">, apd::ext::skip<1>, apd::ext::skip<2>>>);
}
TEST_CASE("a block adds what it computes to what it is given") {
    apd::tensors file;
    file.set("A", {2, 2}, std::vector<double>{1, 0, 0, -1});
    file.set("B", {2, 2}, std::vector<double>{0, 1, 1, 0});
    // z = (3, -5), z + relu(z) = (6, -5), times B = (-5, 6)
    CHECK(output<nested>(file, {3, 5}) == std::vector<double>{-2, 11});
}
TEST_CASE("blocks that begin at the same place each add it") {
    apd::tensors file;
    file.set("W", {2, 2}, std::vector<double>{1, 0, 0, 1});
    file.set("A", {2, 2}, std::vector<double>{10, 0, 0, 100});
    CHECK(output<twice>(file, {1, 1}) == std::vector<double>{12, 102});
}
