// y = relu(x A + b) B on two samples, worked out by hand. Further derivatives: laws/layers.cpp.

#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>

using namespace apd::ext::literals;

namespace {

using apd_test::on_host, apd_test::plain_backend;
using numbers = std::vector<double>;
using network = apd::network<apd::linear<"A", 2, 2>, apd::bias<"b", 2>, apd::relu, apd::linear<"B", 2, 1>>;
using shifted = apd::network<apd::bias<"shift", 2>, apd::linear<"W", 2, 1>>;
template <class Net>
using values = apd::ext::device_parameters<plain_backend, double, Net>;
template <class Net>
using activations = apd::ext::activation_arrays<plain_backend, double, Net>;
template <std::size_t... Sizes>
using array = apd::ext::array<plain_backend, double, apd::extents<Sizes...>>;

apd::parameters<network, double> target() {
    apd::tensors file;
    file.set("A", {2, 2}, numbers{1, 2, -1, 1});
    file.set("b", {2}, numbers{1, -4});
    file.set("B", {2, 1}, numbers{2, -3});
    return file;
}

/// The network after a forward pass.
struct fixture {
    plain_backend device;
    values<network> parameters{device, target()}, gradients{device};
    array<apd::dynamic, 2> x{device, 2};
    activations<network> between{device, 2};

    auto dense() {
        return [this](auto layer) { return parameters.view_of(layer); };
    }
    fixture() {
        device.upload(std::span<const double>(numbers{2, 1, 0, 5}), *x);
        between.set<0>(*x);
        apd::ext::forward<network>(device, dense(), between);
    }
    /// Every layer's parameter beside its gradient.
    auto trained() {
        return [this](auto layer) {
            auto part = parameters.view_of(layer);
            if constexpr (apd::ext::parametrised_layer<typename decltype(layer)::type>)
                part.gradient = gradients.of_layer(layer);
            return part;
        };
    }
    void set(auto view, const numbers& host) { device.upload(std::span<const double>(host), view); }
};

}  // namespace

TEST_CASE("a forward pass leaves the activations between all layers") {
    fixture f;
    CHECK(on_host(f.device, f.between.at<1>()) == numbers{1, 5, -5, 5});
    CHECK(on_host(f.device, f.between.at<2>()) == numbers{2, 1, -4, 1});
    CHECK(on_host(f.device, f.between.at<3>()) == numbers{2, 1, 0, 1});
    CHECK(on_host(f.device, f.between.at<4>()) == numbers{1, -3});
}
TEST_CASE("sites get the weights that are chosen, other layers the target's") {
    fixture f;
    const auto weights =
        apd::ext::choose_weights([](auto layer) { return 10 + static_cast<int>(layer.number); }, f.parameters);
    CHECK(weights(apd::ext::layer_number<network, 0>) == 10);
    CHECK(weights(apd::ext::layer_number<network, 3>) == 13);
    CHECK(weights(apd::ext::layer_number<network, 1>).value.data == f.parameters.at<1>().data);
    STATIC_REQUIRE(std::is_same_v<decltype(weights(apd::ext::layer_number<network, 2>)), apd::ext::no_parameter>);
}
TEST_CASE("tangents behind a bias are those before it, activations are not") {
    plain_backend device;
    const apd::ext::tangent_arrays<plain_backend, double, network, 3> tangents(device, 5);
    CHECK(tangents.at<0>().data == nullptr);
    CHECK(tangents.at<2>().data == tangents.at<1>().data);
    CHECK(tangents.at<3>().data != tangents.at<2>().data);
    CHECK(tangents.at<4>().data != tangents.at<3>().data);
    CHECK(tangents.at<4>().batch == 5);
    STATIC_REQUIRE(std::is_same_v<decltype(tangents.at<3>())::shape, apd::extents<apd::dynamic, 3, 2>>);
    const activations<network> values(device, 5);
    CHECK(values.at<0>().data == nullptr);
    CHECK(values.at<2>().data != values.at<1>().data);
    STATIC_REQUIRE(std::is_same_v<decltype(values.at<4>())::shape, apd::extents<apd::dynamic, 1>>);
}
TEST_CASE("rows are a part of every array, on which a pass does the same") {
    fixture f;
    const auto second = f.between.rows(1, 1);
    CHECK(second.at<0>().data == (*f.x).data + 1);
    f.device(f.between.at<4>()["bi"_i] = 7);
    apd::ext::forward<network>(f.device, f.dense(), second);
    CHECK(on_host(f.device, f.between.at<4>()) == numbers{7, -3});
    CHECK(activations<network>(f.device, 4).rows(1, 2).at<0>().data == nullptr);
}
TEST_CASE("tangents are pushed through every layer from the first use of a site") {
    // Direction 0 is the entry (0, 0) of A, direction 1 the entry (1, 1) of A and the entry 0 of B.
    fixture f;
    const array<2, 2, 2> of_a(f.device);
    const array<2, 2, 1> of_b(f.device);
    f.set(*of_a, {1, 0, 0, 0, 0, 0, 0, 1});
    f.set(*of_b, {0, 0, 1, 0});
    const auto directed = apd::ext::choose_weights(
        [&](auto layer) {
            const auto direction = [&] {
                if constexpr (layer.like == 0) return *of_a;
                else return *of_b;
            }();
            const auto value = f.parameters.view_of(layer).value;
            return apd::ext::directed_weights<double, typename decltype(value)::shape,
                                              typename decltype(direction)::shape>{value, direction};
        },
        f.parameters);
    apd::ext::tangent_arrays<plain_backend, double, network, 2> tangents(f.device, 2);
    apd::ext::pushforward<network>(f.device, directed, f.between, tangents);
    CHECK(on_host(f.device, tangents.at<1>()) == numbers{2, 0, 0, 1, 0, 0, 0, 5});
    CHECK(on_host(f.device, tangents.at<3>()) == numbers{2, 0, 0, 1, 0, 0, 0, 5});
    CHECK(on_host(f.device, tangents.at<4>()) == numbers{4, -3 + 2, 0, -15});
}
TEST_CASE("gradients are pulled back to every parameter") {
    fixture f;
    apd::ext::tangent_arrays<plain_backend, double, network> cotangents(f.device, 2);
    f.set(cotangents.at<4>(), {1, 2});
    std::vector<std::size_t> arrived;
    apd::ext::pullback<network>(f.device, f.trained(), f.between, cotangents,
                                [&](auto place) { arrived.push_back(place.number); });
    CHECK(arrived == std::vector<std::size_t>{4, 3, 2, 1});
    CHECK(on_host(f.device, f.gradients.at<2>()) == numbers{2, 3});
    CHECK(on_host(f.device, f.gradients.at<1>()) == numbers{2, -9});
    CHECK(on_host(f.device, f.gradients.at<0>()) == numbers{4, -6, 2, -33});
}
TEST_CASE("what is added to a gradient on its arrival goes to the layers before that place") {
    // 10 for unit 1 behind the relu, 100 for unit 0 before the bias.
    fixture f;
    const array<2> behind_relu(f.device), before_bias(f.device);
    f.set(*behind_relu, {0, 10});
    f.set(*before_bias, {100, 0});
    apd::ext::tangent_arrays<plain_backend, double, network> cotangents(f.device, 2);
    f.set(cotangents.at<4>(), {1, 2});
    apd::ext::pullback<network>(f.device, f.trained(), f.between, cotangents, [&](auto place) {
        if constexpr (place.width == 2) {
            const auto g = cotangents.at(place);
            if (place.number == 3) f.device(g["bi"_i] += behind_relu["i"_i]);
            if (place.number == 1) f.device(g["bi"_i] += before_bias["i"_i]);
        }
    });
    CHECK(on_host(f.device, f.gradients.at<2>()) == numbers{2, 3});
    CHECK(on_host(f.device, f.gradients.at<1>()) == numbers{2, 7 + 4});
    CHECK(on_host(f.device, f.gradients.at<0>()) == numbers{4 + 200, 14, 2 + 100 + 500, 7 + 20});
}
TEST_CASE("a bias before the first site shifts the input, and has no tangent") {
    plain_backend device;
    apd::tensors file;
    file.set("shift", {2}, numbers{10, 20});
    file.set("W", {2, 1}, numbers{1, -1});
    const values<shifted> parameters(device, apd::parameters<shifted, double>(file));
    const array<apd::dynamic, 2> x(device, 1);
    device.upload(std::span<const double>(numbers{1, 2}), *x);
    activations<shifted> between(device, 1);
    between.set<0>(*x);
    const auto dense = [&](auto layer) { return parameters.view_of(layer); };
    apd::ext::forward<shifted>(device, dense, between);
    CHECK(on_host(device, between.at<2>()) == numbers{-11});

    const array<3, 2, 1> directions(device);
    device.upload(std::span<const double>(numbers{1, 0, 0, 1, 1, 1}), *directions);
    const auto directed = apd::ext::choose_weights(
        [&](auto) {
            return apd::ext::directed_weights<double, apd::extents<2, 1>, apd::extents<3, 2, 1>>{parameters.at<1>(),
                                                                                                 *directions};
        },
        parameters);
    apd::ext::tangent_arrays<plain_backend, double, shifted, 3> tangents(device, 1);
    apd::ext::pushforward<shifted>(device, directed, between, tangents);
    CHECK(on_host(device, tangents.at<2>()) == numbers{11, 22, 33});
    CHECK(on_host(device, tangents.at<1>()) == numbers(6, 0));
}
