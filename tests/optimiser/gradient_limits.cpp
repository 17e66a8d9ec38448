#include <cmath>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/optimiser/gradient_limits.hpp>

namespace {

using apd_test::on_host;
using device_type = apd_test::plain_backend;
using numbers = std::vector<double>;

}  // namespace

TEST_CASE("gradients of several parts are cut down together, those of others stay") {
    device_type device;
    apd::ext::trainable_parts<device_type, double> parts(device, 0);
    const auto give = [&](std::size_t i, const numbers& gradient) {
        device.upload(std::span<const double>(gradient), (parts.begin() + static_cast<long>(i))->gradient);
    };
    for (const char* const name : {"a", "b", "c"}) parts.add(name, {2});
    apd::ext::gradient_limiter<device_type, double> limiter(device);
    const auto limited = [&](double limit) {
        give(0, {3, 0}), give(1, {0, 4}), give(2, {100, 100});
        limiter.limit(device, parts, 0, 2, limit);
        numbers all;
        for (const auto& part : parts)
            for (const double g : on_host(device, part.gradient)) all.push_back(g);
        return all;
    };
    CHECK(limited(apd::ext::gradient_limits::none) == numbers{3, 0, 0, 4, 100, 100});
    CHECK(limited(6) == numbers{3, 0, 0, 4, 100, 100});
    const double factor = 2 / (5 + 1e-6);
    CHECK_THAT(limited(2), Catch::Matchers::Approx(numbers{3 * factor, 0, 0, 4 * factor, 100, 100}));
}
