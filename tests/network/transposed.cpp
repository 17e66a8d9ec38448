#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/network/transposed.hpp>
#include <apd/network/weights.hpp>

namespace {
using W = apd::linear<"W", 2, 3>;
using use = apd::ext::detail::transposed_use<W>;
}  // namespace

static_assert(apd::transposed<"W">::name_of_matrix.view() == "W");
static_assert(use::inputs == 3 && use::outputs() == 2 && std::is_same_v<use::matrix, W>);
static_assert(std::is_same_v<use::orientation, apd::ext::as_transpose>);

TEST_CASE("a transposed use multiplies by the columns of the site's matrix, and adds to the matrix's gradient") {
    apd_test::plain_backend device;
    const apd::ext::array<apd_test::plain_backend, double, apd::extents<2, 3>> w(device), gradient(device);
    const apd::ext::array<apd_test::plain_backend, double, apd::extents<apd::dynamic, 3>> x(device, 2), gx(device, 2);
    const apd::ext::array<apd_test::plain_backend, double, apd::extents<apd::dynamic, 2>> z(device, 2), gz(device, 2);
    device.upload(std::span<const double>(std::vector<double>{1, 2, 3, 4, 5, 6}), *w);
    device.upload(std::span<const double>(std::vector<double>{1, 10, 100, 0, -1, 1}), *x);
    device.upload(std::span<const double>(std::vector<double>{1, -1, 2, 3}), *gz);

    const apd::ext::dense_weights<double, W::shape> weights{*w, *gradient};
    use::forward(device, weights, *x, *z);
    CHECK(apd_test::on_host(device, *z) == std::vector<double>{321, 654, 1, 1});
    use::pullback(device, weights, *x, *gz, *gx);
    CHECK(apd_test::on_host(device, *gx) == std::vector<double>{-3, -3, -3, 14, 19, 24});         // gz W
    CHECK(apd_test::on_host(device, *gradient) == std::vector<double>{1, 8, 102, -1, -13, -97});  // gz^T x
}
