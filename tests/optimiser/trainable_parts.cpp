#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/optimiser/trainable_parts.hpp>

namespace {
using apd_test::on_host;
using Catch::Contains;
using device_type = apd_test::plain_backend;
using registry = apd::ext::trainable_parts<device_type, double>;
using numbers = std::vector<double>;
}  // namespace

TEST_CASE("parts are zeros, or normal numbers of the seed and of their name") {
    device_type device;
    registry parts(device, 7), again(device, 7), other(device, 8);
    const auto zeros = parts.add<apd::extents<2, 3>>("zeros");
    CHECK(on_host(device, zeros.value) == numbers(6, 0.0));
    const auto first = on_host(device, parts.add<apd::extents<400>>("first", 2).value);
    const auto second = on_host(device, parts.add<apd::extents<400>>("second", 2).value);
    CHECK(first != second);
    double squares = 0;
    for (const double x : first) squares += x * x;
    CHECK(std::sqrt(squares / 400) == Approx(2).epsilon(0.15));
    CHECK(on_host(device, again.add<apd::extents<400>>("first", 2).value) == first);  // whatever else there is
    CHECK(on_host(device, other.add<apd::extents<400>>("first", 2).value) != first);
}
TEST_CASE("a method shares the parts of one before, but no two of its nodes share one") {
    device_type device;
    registry parts(device, 0);
    const auto one = parts.add<apd::extents<3>>("w", 1);
    CHECK_THROWS_WITH((parts.add<apd::extents<3>>("w", 1)), Contains("two nodes of one method learn 'w'"));
    parts.release_names();
    const auto same = parts.add<apd::extents<3>>("w", 1);
    CHECK(one.value.data == same.value.data);
    CHECK(one.gradient.data == same.gradient.data);
    CHECK(parts.size() == 1);
    parts.release_names();
    CHECK_THROWS_WITH((parts.add<apd::extents<4>>("w")), Contains("'w' is there with another shape"));
}
TEST_CASE("gradients are set to zero together") {
    device_type device;
    registry parts(device, 0);
    const auto a = parts.add<apd::extents<2>>("a");
    const auto b = parts.add<apd::extents<1>>("b");
    device.upload(std::span<const double>(numbers{1, 2}), a.gradient);
    device.upload(std::span<const double>(numbers{3}), b.gradient);
    parts.zero_gradients();
    CHECK(on_host(device, a.gradient) == numbers{0, 0});
    CHECK(on_host(device, b.gradient) == numbers{0});
}
TEST_CASE("numbers go out, and into the parts that are there or come later") {
    device_type device;
    registry parts(device, 3);
    parts.add<apd::extents<2>>("a", 1);
    parts.add<apd::extents<1, 2>>("b", 1);
    const auto all = parts.download();
    REQUIRE(all.size() == 2);
    CHECK(all[1].name == "b");
    CHECK(all[1].shape == std::vector<std::size_t>{1, 2});
    CHECK(parts.download(1).size() == 1);

    registry others(device, 4);
    const auto a = others.add<apd::extents<2>>("a", 1);
    others.restore(all);
    CHECK(on_host(device, a.value) == all[0].values);
    CHECK(on_host(device, others.add<apd::extents<1, 2>>("b", 1).value) == all[1].values);
    CHECK_THROWS_WITH(others.restore({{"a", {3}, {1, 2, 3}}}), Contains("'a' is there with another shape"));
}
