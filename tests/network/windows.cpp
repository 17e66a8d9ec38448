// That derivatives are derivatives is tested in laws/layers.cpp.

#include <tuple>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>

namespace {

using numbers = std::vector<double>;
using windows = apd::windows<4, 2, 3>;  // two windows of three positions with two channels
template <std::size_t Size>
using batch = apd::ext::array<apd_test::plain_backend, double, apd::extents<apd::dynamic, Size>>;

template <class Layer>
numbers output(const numbers& sequences) {
    apd_test::plain_backend device;
    const batch<Layer::inputs> x(device, sequences.size() / Layer::inputs);
    const batch<Layer::outputs()> y(device, sequences.size() / Layer::inputs);
    device.upload(std::span(sequences), *x);
    Layer::forward(device, apd::ext::no_parameter{}, *x, *y);
    return apd_test::on_host(device, *y);
}

}  // namespace

static_assert(apd::ext::layer<windows> && !apd::ext::parametrised_layer<windows>);
static_assert(windows::positions == 2 && windows::inputs == 8 && windows::outputs() == 12);
static_assert(std::is_same_v<apd::convolution<"kernels", 8, 2, 5, 3>::parts,
                             std::tuple<apd::windows<8, 2, 3>, apd::linear<"kernels", 6, 5, 6>>>);

TEST_CASE("windows are neighbouring positions of a sequence with all their channels") {
    const numbers two_sequences{1, 2, 3, 4, 5, 6, 7, 8, 10, 20, 30, 40, 50, 60, 70, 80};
    const numbers of_the_first{1, 2, 3, 4, 5, 6, 3, 4, 5, 6, 7, 8};
    numbers expected = of_the_first;
    for (const double number : of_the_first) expected.push_back(10 * number);
    CHECK(output<windows>(two_sequences) == expected);
}
TEST_CASE("windows of one position, and one of all, are the sequence") {
    const numbers sequence{1, 2, 3, 4, 5, 6};
    CHECK(output<apd::windows<3, 2, 1>>(sequence) == sequence);
    CHECK(output<apd::windows<3, 2, 3>>(sequence) == sequence);
}
TEST_CASE("the gradient of a position is the sum over the windows that see it") {
    apd_test::plain_backend device;
    const batch<8> x(device, 1), gx(device, 1);
    const batch<12> gy(device, 1);
    device.upload(std::span<const double>(numbers{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60}), *gy);
    device.upload(std::span<const double>(numbers(8, 1000)), *gx);  // is written over
    windows::pullback(device, apd::ext::no_parameter{}, *x, *gy, *gx);
    CHECK(apd_test::on_host(device, *gx) == numbers{1, 2, 3 + 10, 4 + 20, 5 + 30, 6 + 40, 50, 60});
}
TEST_CASE("a convolution uses its kernels at every window") {
    constexpr std::size_t B = 3, length = 5, in = 2, out = 3, width = 2, positions = length - width + 1;
    using network = apd::network<apd::convolution<"kernels", length, in, out, width>>;
    STATIC_REQUIRE(network::sites.size() == 1);
    STATIC_REQUIRE(network::positions[network::uses[0]] == positions);
    apd_test::tested_backend device;
    const auto host = apd_test::random_parameters<network>(3);
    const auto x = apd_test::random_numbers(B * length * in, 4), w = numbers(host.at<0>().begin(), host.at<0>().end());
    const apd::ext::device_parameters<apd_test::tested_backend, double, network> target(device, host);
    const apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, length * in>> input(device, B);
    device.upload(std::span(x), *input);
    apd::ext::activation_arrays<apd_test::tested_backend, double, network> between(device, B);
    between.template set<0>(*input);
    const auto of_target = [&](auto layer) { return target.view_of(layer); };
    apd::ext::forward<network>(device, of_target, between);

    numbers expected;
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t t = 0; t < positions; ++t)
            for (std::size_t o = 0; o < out; ++o) {
                expected.push_back(0);
                for (std::size_t k = 0; k < width; ++k)
                    for (std::size_t i = 0; i < in; ++i)
                        expected.back() += x[(b * length + t + k) * in + i] * w[(k * in + i) * out + o];
            }
    CHECK_THAT(apd_test::on_host(device, between.template at<network::depth>()),
               Catch::Matchers::Approx(expected).margin(1e-13));
}
