// That gradients are gradients is tested in laws/language.cpp.

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/network/network.hpp>

using apd_test::tested_backend;

namespace {
using tied = apd::network<apd::embedding<"E", 5, 3>, apd::linear<"W", 3, 3>, apd::transposed<"E">>;
using frozen = apd::network<apd::frozen<apd::embedding<"E", 5, 3>>, apd::linear<"W", 3, 3>, apd::transposed<"E">>;
}  // namespace

static_assert(tied::inputs == 1 && tied::outputs == 5 && tied::sites.size() == 1 && tied::parametrised.size() == 2);
static_assert(frozen::outputs == 5 && frozen::sites.size() == 1);

TEST_CASE("a row that is no word becomes NaN, and nothing outside the table is read") {
    using lookup = apd::embedding<"E", 3, 2>;
    tested_backend device;
    const apd::ext::array<tested_backend, double, apd::extents<3, 2>> table(device);
    const apd::ext::array<tested_backend, double, apd::extents<apd::dynamic, 1>> x(device, 5);
    const apd::ext::array<tested_backend, double, apd::extents<apd::dynamic, 2>> y(device, 5);
    const std::vector<double> entries{1, 2, 3, 4, 5, 6}, words{2, 0, -1, 3, std::nan("")};
    device.upload(std::span(entries), apd::ext::view<double, apd::extents<apd::dynamic>>{(*table).data, 6, 6});
    device.upload(std::span(words), *x);
    lookup::forward(device, apd::ext::parameter_view<double, lookup::shape>{*table}, *x, *y);
    const auto found = apd_test::on_host(device, *y);
    CHECK(std::vector(found.begin(), found.begin() + 4) == std::vector<double>{5, 6, 1, 2});
    for (std::size_t i = 4; i < 10; ++i) CHECK(std::isnan(found[i]));
}
TEST_CASE("a one among zeros multiplies a table as looking it up does") {
    tested_backend device;
    const apd::ext::array<tested_backend, double, apd::extents<apd::dynamic, 1>> x(device, 3);
    const apd::ext::array<tested_backend, double, apd::extents<apd::dynamic, 4>> y(device, 3);
    const std::vector<double> words{2, 0, 3};
    device.upload(std::span(words), *x);
    apd::one_hot<4>::forward(device, apd::ext::no_parameter{}, *x, *y);
    CHECK(apd_test::on_host(device, *y) == std::vector<double>{0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1});
}
