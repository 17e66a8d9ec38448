#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>
#include <xtensor/xarray.hpp>

#include <apd/network/parameters.hpp>

using namespace apd::ext::literals;

namespace {

using tms = apd::network<apd::linear<"W", 3, 2>, apd::transposed<"W">, apd::bias<"b", 3>, apd::relu>;
using Catch::Matchers::Message;

/// W and b as a file of doubles would hold them, beside a tensor that the network does not have.
apd::tensors saved() {
    apd::tensors file("tms.safetensors");
    file.set("W", xt::xarray<double>{{1, 2}, {3, 4}, {5, 0.1}});
    file.set("b", xt::xarray<double>{-1, -2, -3});
    file.set("loss", {}, std::vector{0.25});
    return file;
}
template <class T>
std::vector<T> copied(std::span<const T> values) {
    return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("the parameters of a network are the tensors of their names, row-major") {
    const apd::tensors file = saved();
    // [example parameters]
    apd::parameters<tms, double> target = file;  // or apd::load("tms.safetensors")
    std::span<double> b = target.get<"b">();
    // [/example]
    CHECK(copied<double>(target.get<"W">()) == std::vector<double>{1, 2, 3, 4, 5, 0.1});
    CHECK(copied<double>(b) == std::vector<double>{-1, -2, -3});
    b[1] = 7;
    const auto& same = target;
    CHECK(same.get<"b">()[1] == 7);
    CHECK(same.get<"W">().data() == target.at<0>().data());
    CHECK(same.at<1>().data() == b.data());
}
TEST_CASE("parameters without a file are zeros") {
    const apd::parameters<tms> zeros;
    STATIC_REQUIRE(std::is_same_v<apd::parameters<tms>::scalar, float>);
    CHECK(copied<float>(zeros.get<"W">()) == std::vector<float>(6, 0));
    CHECK(copied<float>(zeros.get<"b">()) == std::vector<float>(3, 0));
}
TEST_CASE("doubles of a file are read as floats") {
    const apd::parameters<tms, float> target = saved();
    CHECK(copied<float>(target.get<"W">()) == std::vector<float>{1, 2, 3, 4, 5, 0.1F});
}
TEST_CASE("parameters come back from the tensors they are written as") {
    const apd::parameters<tms, float> target = saved();
    const apd::tensors file = target.to_tensors();
    CHECK(file.names() == std::vector<std::string>{"W", "b"});
    CHECK(file.shape("W") == std::vector<std::size_t>{3, 2});
    CHECK(file.dtype("W") == apd::ext::tensor_dtype::f32);
    CHECK(file.metadata().contains("apd"));
    const apd::parameters<tms, float> again = file;
    CHECK(copied<float>(again.get<"W">()) == copied<float>(target.get<"W">()));
    CHECK(copied<float>(again.get<"b">()) == copied<float>(target.get<"b">()));
}
TEST_CASE("a missing tensor and one of another shape are errors that name it") {
    apd::tensors file("tms.safetensors");
    using parameters = apd::parameters<tms, float>;
    file.set("W", xt::xarray<float>{{1, 2}, {3, 4}, {5, 6}});
    CHECK_THROWS_MATCHES(parameters(file), apd::error,
                         Message("tms.safetensors: tensor 'b' is missing; there are 'W'"));
    file.set("b", xt::xarray<float>{1, 2});
    CHECK_THROWS_MATCHES(parameters(file), apd::error,
                         Message("tms.safetensors: tensor 'b' has shape [2], expected [3]; save it in the shape that "
                                 "the network declares, or declare the network of the file"));
    file.set("W", xt::xarray<float>{{1, 2, 3}, {4, 5, 6}});  // as many numbers, as [outputs, inputs]
    CHECK_THROWS_MATCHES(
        parameters(file), apd::error,
        Message("tms.safetensors: tensor 'W' has shape [2, 3], expected [3, 2]; save it as the network "
                "declares it, [inputs, outputs], or declare the network of the file"));
}
TEST_CASE("numbers that are none, and those too large for the scalar, are errors") {
    const double not_numbers[] = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                                  -std::numeric_limits<double>::infinity()};
    for (const double bad : not_numbers) {
        apd::tensors file = saved();
        file.set("b", xt::xarray<double>{1, 2, bad});
        CHECK_THROWS_MATCHES(
            (apd::parameters<tms, double>(file)), apd::error,
            Message("tms.safetensors: tensor 'b' holds NaN or infinity; take what was saved before its "
                    "training diverged, or train it again at a lower learning rate"));
        CHECK_THROWS_WITH((apd::parameters<tms, float>(file)), Catch::Contains("'b' holds NaN or infinity"));

        apd::parameters<tms, double> target = saved();
        CHECK_NOTHROW(target.check_finite("here"));
        target.get<"W">()[5] = bad;
        CHECK_THROWS_WITH(target.check_finite("here"), Catch::StartsWith("here: tensor 'W' holds NaN or infinity"));
    }
    apd::tensors file = saved();
    file.set("b", xt::xarray<double>{1, 2, 1e39});
    CHECK_THROWS_MATCHES(
        (apd::parameters<tms, float>(file)), apd::error,
        Message("tms.safetensors: tensor 'b' holds 1e+39, which is too large for float; read it as double"));
    CHECK_NOTHROW(apd::parameters<tms, double>(file));
}
TEST_CASE("a backend holds the values, and gives each layer what it multiplies by or adds") {
    apd_test::plain_backend device;
    const apd::parameters<tms, double> target = saved();
    using arrays = apd::ext::device_parameters<apd_test::plain_backend, double, tms>;
    const arrays values(device, target), zeros(device);
    CHECK(apd_test::on_host(device, values.at<0>()) == copied<double>(target.get<"W">()));
    CHECK(apd_test::on_host(device, values.at<1>()) == copied<double>(target.get<"b">()));
    CHECK(apd_test::on_host(device, zeros.at<1>()) == std::vector<double>(3, 0));

    STATIC_REQUIRE(std::is_same_v<decltype(values.view_of(apd::ext::layer_number<tms, 1>)),
                                  apd::ext::dense_weights<double, apd::extents<3, 2>>>);
    STATIC_REQUIRE(std::is_same_v<decltype(values.view_of(apd::ext::layer_number<tms, 2>)),
                                  apd::ext::parameter_view<double, apd::extents<3>>>);
    CHECK(values.view_of(apd::ext::layer_number<tms, 0>).value.data == values.at<0>().data);
    CHECK(values.view_of(apd::ext::layer_number<tms, 1>).value.data ==
          values.at<0>().data);  // a second use of the same matrix
    CHECK(values.view_of(apd::ext::layer_number<tms, 2>).value.data == values.at<1>().data);
    CHECK(values.view_of(apd::ext::layer_number<tms, 2>).gradient.data == nullptr);

    device(values.at<1>()["i"_i] = values.at<1>()["i"_i] * 2);
    apd::parameters<tms, double> back;
    values.download(device, back);
    CHECK(copied<double>(back.get<"W">()) == copied<double>(target.get<"W">()));
    CHECK(copied<double>(back.get<"b">()) == std::vector<double>{-2, -4, -6});
}
