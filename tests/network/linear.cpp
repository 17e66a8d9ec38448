#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/network/linear.hpp>
#include <apd/network/weights.hpp>

namespace {
using W = apd::linear<"W", 2, 3>;
}

static_assert(W::name.view() == "W" && W::inputs == 2 && W::outputs() == 3);
static_assert(std::is_same_v<W::shape, apd::extents<2, 3>> && std::is_same_v<W::matrix, W>);
static_assert(std::is_same_v<W::orientation, apd::ext::as_declared>);

TEST_CASE("a linear layer multiplies each sample by its matrix, whose rows are inputs") {
    apd_test::plain_backend device;
    const apd::ext::array<apd_test::plain_backend, double, apd::extents<2, 3>> w(device);
    const apd::ext::array<apd_test::plain_backend, double, apd::extents<apd::dynamic, 2>> x(device, 2);
    const apd::ext::array<apd_test::plain_backend, double, apd::extents<apd::dynamic, 3>> z(device, 2);
    device.upload(std::span<const double>(std::vector<double>{1, 2, 3, 4, 5, 6}), *w);
    device.upload(std::span<const double>(std::vector<double>{1, 10, -1, 1}), *x);
    W::forward(device, apd::ext::dense_weights<double, W::shape>{*w}, *x, *z);
    CHECK(apd_test::on_host(device, *z) == std::vector<double>{41, 52, 63, 3, 3, 3});
}
