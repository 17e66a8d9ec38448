// Through a pass, distances are tested in loss/reconstruction.cpp; their gradients also in laws/losses.cpp.

#include <cmath>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/loss/distance.hpp>

namespace {

using namespace apd::ext::literals;
using numbers = std::vector<double>;

/// A distance of outputs [2 samples, 3], whatever they come from.
template <class Distance, class Device>
struct fixture {
    using network = apd::network<apd::linear<"W", 1, 3>>;
    using problem_type = apd::ext::problem<Device, double, network, apd::shared_components<1, 1>>;
    using outputs = apd::ext::array<Device, double, apd::extents<apd::dynamic, 3>>;

    Device device{};
    problem_type problem{device, apd::parameters<network, double>(), 2};
    typename Distance::template state<problem_type> distance{Distance{}, problem};
    outputs y{device, 2}, target{device, 2}, gradient_of_y{device, 2};
    apd::ext::array<Device, double, apd::extents<>> found{device};

    double value(const numbers& given, const numbers& wanted) {
        device.upload(std::span(given), *y);
        device.upload(std::span(wanted), *target);
        distance.measure(device, *y, *target, *found);
        return apd_test::on_host(device, *found)[0];
    }
    numbers gradient(const numbers& given, const numbers& wanted, double weight) {
        device.upload(std::span(given), *y);
        device.upload(std::span(wanted), *target);
        device((*gradient_of_y)["bi"_i] = distance.gradient(device, *y, *target, weight));
        return apd_test::on_host(device, *gradient_of_y);
    }
};

}  // namespace

TEST_CASE("the squared error is the mean over outputs and samples") {
    fixture<apd::squared_error, apd_test::tested_backend> f;
    const numbers y{1, 2, 3, 0, 0, 0}, target{1, 0, 3, 1, -1, 2};
    CHECK(f.value(y, target) == Approx((4.0 + 1 + 1 + 4) / 6));
    CHECK_THAT(f.gradient(y, target, 3), Catch::Matchers::Approx(numbers{0, 2, 0, -1, 1, -2}));  // 3·2/6 (y − y*)
    CHECK(f.value(y, y) == 0);
}
TEST_CASE("the divergence of logits is that of their softmax, with the target's before it") {
    // Sample 0: p = (1, 2, 5)/8 of the target, q = (2, 2, 4)/8. Sample 1: p = q, of logits that are shifted.
    fixture<apd::kl_divergence_of_logits, apd_test::tested_backend> f;
    const numbers y{std::log(2.0), std::log(2.0), std::log(4.0), 1, 2, 3};
    const numbers target{0, std::log(2.0), std::log(5.0), 11, 12, 13};
    CHECK(f.value(y, target) == Approx((std::log(0.5) / 8 + 5 * std::log(1.25) / 8) / 2));
    // (q − p)·3/2
    CHECK_THAT(f.gradient(y, target, 3),
               Catch::Matchers::Approx(numbers{1.0 / 8 * 1.5, 0, -1.0 / 8 * 1.5, 0, 0, 0}).margin(1e-15));
}
TEST_CASE("equal logits have no divergence") {
    fixture<apd::kl_divergence_of_logits, apd_test::tested_backend> f;
    const numbers y{0.3, -2, 5, 1000, -1000, 0};
    CHECK(f.value(y, y) == 0);
    CHECK(f.gradient(y, y, 1) == numbers(6, 0));
}
TEST_CASE("the divergence of logits of 1000 does not overflow") {
    // p = (1, 0, 0), q = (0, 1, 0) with ln q_1 = −1000; then the same below zero.
    fixture<apd::kl_divergence_of_logits, apd_test::tested_backend> f;
    const numbers y{0, 1000, 0, -1000, 0, -1000}, target{1000, 0, 0, 0, -1000, -1000};
    CHECK(f.value(y, target) == 1000);
    CHECK(f.gradient(y, target, 2) == numbers{-1, 1, 0, -1, 1, 0});
}
TEST_CASE("distances describe themselves as they were written") {
    CHECK(apd::squared_error::describe() == "squared_error");
    CHECK(apd::kl_divergence.describe() == "kl_divergence");
}
