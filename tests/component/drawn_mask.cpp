#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/component/drawn_mask.hpp>

using namespace apd::ext::literals;

namespace {
using apd_test::on_host, apd_test::plain_backend;
using numbers = std::vector<double>;
template <std::size_t... Sizes>
using batch = apd::ext::array<plain_backend, double, apd::extents<apd::dynamic, Sizes...>>;
}  // namespace

TEST_CASE("masks lie between importances and one, where rows have them") {
    plain_backend device;
    batch<2> g(device, 2), r(device, 2), found(device, 2);
    batch<> rows(device, 2);
    device.upload(std::span<const double>(numbers{0, 0.5, 1, 0.25}), *g);
    device.upload(std::span<const double>(numbers{0.5, 0.5, 0.75, 0}), *r);
    device.upload(std::span<const double>(numbers{1, 0}), *rows);
    const auto all = [&](const auto& expression) {
        device(found["bc"_i] = expression);
        return on_host(device, *found);
    };
    const apd::ext::drawn_mask<decltype(*g), decltype(*r), apd::ext::every_row> everywhere{*g, *r, {}};
    CHECK(all(everywhere["bc"_i]) == numbers{0.5, 0.75, 1, 0.25});
    CHECK(all(everywhere.by_importance()) == numbers{0.5, 0.5, 0.25, 1});
    CHECK(all(everywhere.by_source()) == numbers{1, 0.5, 0, 0.75});
    const apd::ext::drawn_mask<decltype(*g), decltype(*r), decltype(*rows)> somewhere{*g, *r, *rows};
    CHECK(all(somewhere["bc"_i]) == numbers{0.5, 0.75, 0, 0});
    CHECK(all(somewhere.by_importance()) == numbers{0.5, 0.5, 0, 0});
    CHECK(all(somewhere.by_source()) == numbers{1, 0.5, 0, 0});
}
