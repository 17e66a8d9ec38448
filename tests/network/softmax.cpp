// That derivatives are derivatives is tested in laws/layers.cpp; here: values by hand.

#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/network/softmax.hpp>

namespace {

using numbers = std::vector<double>;
// softmax(ln 1, ln 2, ln 5) = (1, 2, 5)/8
const numbers logits{0, std::log(2.0), std::log(5.0)};

/// The layer on samples of three logits.
template <class Device>
struct fixture {
    template <std::size_t... Sizes>
    using array = apd::ext::array<Device, double, apd::extents<apd::dynamic, Sizes...>>;
    Device device{};

    numbers output(const numbers& samples) {
        const array<3> x(device, samples.size() / 3), y(device, samples.size() / 3);
        const array<2> workspace(device, samples.size() / 3);
        device.upload(std::span(samples), *x);
        apd::softmax::forward(device, apd::ext::no_parameter{}, *x, *y, *workspace);
        return apd_test::on_host(device, *y);
    }
    /// Two tangents at `logits`, or two cotangents.
    numbers derivative(const numbers& tangents, auto pass) {
        const array<3> x(device, 1), y(device, 1);
        const array<2, 3> tx(device, 1), ty(device, 1);
        const array<2> kept(device, 1);
        const array<2, 2> workspace(device, 1);
        device.upload(std::span(logits), *x);
        device.upload(std::span(tangents), *tx);
        apd::softmax::forward(device, apd::ext::no_parameter{}, *x, *y, *kept);
        pass(device, apd::ext::no_parameter{}, *x, *tx, *ty, *kept, *workspace);
        return apd_test::on_host(device, *ty);
    }
};

}  // namespace

static_assert(apd::ext::layer_with_workspace<apd::softmax> && !apd::ext::parametrised_layer<apd::softmax>);
static_assert(apd::softmax::outputs(7) == 7);

TEST_CASE("softmax divides exponentials by their sum, sample by sample") {
    fixture<apd_test::tested_backend> f;
    auto samples = logits;
    samples.insert(samples.end(), {7, 7, 7});
    CHECK_THAT(f.output(samples), Catch::Matchers::Approx(numbers{0.125, 0.25, 0.625, 1.0 / 3, 1.0 / 3, 1.0 / 3}));
}
TEST_CASE("softmax of huge logits does not overflow") {
    fixture<apd_test::tested_backend> f;
    const double most = std::numeric_limits<double>::max(), huge = 1e5;
    CHECK(f.output({huge, 0, huge}) == numbers{0.5, 0, 0.5});
    CHECK(f.output({-huge, -huge, -2 * huge}) == numbers{0.5, 0.5, 0});
    CHECK(f.output({-most, most, 0}) == numbers{0, 1, 0});
    CHECK_THAT(f.output({1000, 1000 + logits[1], 1000 + logits[2]}),
               Catch::Matchers::Approx(numbers{0.125, 0.25, 0.625}));
}
TEST_CASE("a tangent of softmax is y (t - Σ y t), and all logits together do not change it") {
    // t = (8, 0, 0): Σ y t = 1, so (7, −1, −1) times y.
    fixture<apd_test::tested_backend> f;
    const numbers tangents{8, 0, 0, 1, 1, 1}, expected{7.0 / 8, -2.0 / 8, -5.0 / 8, 0, 0, 0};
    const auto pushed = f.derivative(tangents, [](auto&&... all) { apd::softmax::pushforward(all...); });
    const auto pulled = f.derivative(tangents, [](auto&&... all) { apd::softmax::pullback(all...); });
    CHECK_THAT(pushed, Catch::Matchers::Approx(expected).margin(1e-15));
    CHECK_THAT(pulled, Catch::Matchers::Approx(expected).margin(1e-15));  // the matrix is symmetric
}
