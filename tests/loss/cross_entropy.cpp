#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using namespace apd::ext::literals;
using apd_test::on_host;
using apd_test::tested_backend;
using network = apd::network<apd::linear<"W", 2, 3>>;
using problem = apd::ext::problem<tested_backend, double, network, apd::subcomponents<1>>;

struct logits_and_classes {
    tested_backend device;
    apd::parameters<network, double> target;
    problem p;
    apd::ext::cross_entropy_of_logits::state<problem> loss;
    apd::ext::array<tested_backend, double, apd::extents<apd::dynamic, 3>> y, gradient;
    apd::ext::array<tested_backend, std::uint32_t, apd::extents<apd::dynamic>> classes;
    apd::ext::array<tested_backend, double, apd::extents<>> value;

    explicit logits_and_classes(const std::vector<std::uint32_t>& c)
        : p(device, target, c.size()),
          loss(apd::cross_entropy, p),
          y(device, c.size()),
          gradient(device, c.size()),
          classes(device, c.size()),
          value(device) {
        device.upload(std::span(c), *classes);
    }
    double measure(const std::vector<double>& logits) {
        device.upload(std::span(logits), *y);
        loss.measure(device, *y, *classes, *value);
        return on_host(device, *value)[0];
    }
};

}  // namespace

TEST_CASE("cross-entropy is the mean of −log softmax(y) at the classes") {
    logits_and_classes two({2, 0});
    const double expected = std::log(std::exp(0.5) + std::exp(-1) + std::exp(2)) - 2 +
                            std::log(std::exp(1) + std::exp(0.2) + std::exp(-3)) - 1;
    CHECK(two.measure({0.5, -1, 2, 1, 0.2, -3}) == Approx(expected / 2).epsilon(1e-12));
    CHECK(two.measure({0, 0, 1e4, -1e4, 0, 0}) == Approx(1e4 / 2 + std::log(2) / 2).epsilon(1e-12));
}
TEST_CASE("a row without a class counts nothing") {
    logits_and_classes two({2, apd::no_class});
    const std::vector<double> logits{0.5, -1, 2, 1, 0.2, -3};
    CHECK(two.measure(logits) == Approx((std::log(std::exp(0.5) + std::exp(-1) + std::exp(2)) - 2) / 2).epsilon(1e-12));
    two.device(two.gradient["bi"_i] = two.loss.gradient(two.device, *two.y, *two.classes, 3.0));
    const auto found = on_host(two.device, *two.gradient);
    for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(found[i]) > 0.01);
    for (std::size_t i = 3; i < 6; ++i) CHECK(found[i] == 0);
}
TEST_CASE("its gradient is the slope of its value") {
    logits_and_classes two({1, 2});
    std::vector<double> logits{0.3, -0.4, 1.2, 2.0, 0.1, -0.7};
    two.measure(logits);
    two.device(two.gradient["bi"_i] = two.loss.gradient(two.device, *two.y, *two.classes, 3.0));
    const auto found = on_host(two.device, *two.gradient);
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const double h = 1e-5, middle = logits[i];
        logits[i] = middle + h;
        const double above = two.measure(logits);
        logits[i] = middle - h;
        const double below = two.measure(logits);
        logits[i] = middle;
        CHECK(found[i] == Approx(3 * (above - below) / (2 * h)).epsilon(1e-7));
    }
}
