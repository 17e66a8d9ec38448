#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>
#include <apd/training/train.hpp>

namespace {
using E = apd::linear<"E", 2, 3>;
using network = apd::network<apd::frozen<E>, apd::linear<"W", 3, 3>, apd::transposed<"E">>;
using block = apd::frozen<apd::residual<apd::linear<"A", 2, 4>, apd::relu, apd::linear<"B", 4, 2>>>;
using frozen_block = apd::network<apd::linear<"W", 2, 2>, block>;
}  // namespace

static_assert(apd::ext::matrix_use<apd::frozen<E>> && !apd::ext::site_use<apd::frozen<E>>);
static_assert(apd::ext::parametrised_layer<apd::frozen<E>> && apd::frozen<E>::name.view() == "E");

TEST_CASE("a frozen matrix is a parameter, not a site, and neither is its transpose") {
    CHECK(network::parametrised.size() == 2);
    CHECK(network::sites == std::array<std::size_t, 1>{1});
    CHECK(network::uses == std::array<std::size_t, 1>{1});
    CHECK(network::used_parameters == 9);
    CHECK(network::parameter_of<2> == network::parameter_of<0>);
    CHECK(!apd::ext::site_use<network::layer_at<2>>);
}
TEST_CASE("freezing a group freezes every matrix in it, and nothing else") {
    CHECK(frozen_block::sites.size() == 1);
    CHECK(frozen_block::parametrised.size() == 3);
    CHECK(frozen_block::depth == 5);
    CHECK(std::is_same_v<frozen_block::layer_at<2>, apd::relu>);
}
TEST_CASE("training leaves every parameter of a frozen group as it is") {
    using net =
        apd::network<apd::linear<"W", 2, 2>, apd::frozen<apd::residual<apd::linear<"A", 2, 2>, apd::bias<"a", 2>>>,
                     apd::bias<"b", 2>, apd::frozen<apd::bias<"c", 2>>>;
    CHECK(apd::ext::is_trained<net>(net::parameter_named<"W">));
    CHECK(!apd::ext::is_trained<net>(net::parameter_named<"A">));
    CHECK(!apd::ext::is_trained<net>(net::parameter_named<"a">));
    CHECK(apd::ext::is_trained<net>(net::parameter_named<"b">));
    CHECK(!apd::ext::is_trained<net>(net::parameter_named<"c">));
}
TEST_CASE("every pass uses the target's matrix where it is frozen") {
    apd_test::plain_backend device;
    apd::tensors file;
    file.set("E", {2, 3}, std::vector<double>{1, 0, 2, 0, 1, 0});
    file.set("W", {3, 3}, std::vector<double>(9, 0.0));
    const apd::ext::device_parameters<apd_test::plain_backend, double, network> target(
        device, apd::parameters<network, double>(file));
    apd::ext::activation_arrays<apd_test::plain_backend, double, network> x(device, 1);
    const apd::ext::array<apd_test::plain_backend, double, apd::extents<apd::dynamic, 2>> input(device, 1);
    device.upload(std::span<const double>(std::vector<double>{3, 4}), *input);
    x.set<0>(*input);
    // In the place of the site, 10 times the identity.
    const apd::ext::array<apd_test::plain_backend, double, apd::extents<3, 3>> chosen(device);
    device.upload(std::span<const double>(std::vector<double>{10, 0, 0, 0, 10, 0, 0, 0, 10}), *chosen);
    apd::ext::forward<network>(
        device,
        apd::ext::choose_weights([&](auto) { return apd::ext::dense_weights<double, apd::extents<3, 3>>{*chosen}; },
                                 target),
        x);
    CHECK(apd_test::on_host(device, x.at<1>()) == std::vector<double>{3, 4, 6});
    CHECK(apd_test::on_host(device, x.at<3>()) == std::vector<double>{30 + 120, 40});
}
