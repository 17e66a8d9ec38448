// Several statements in one pass: what each of them alone gives.

#include <vector>

#include <catch2/catch.hpp>
#include <support/serial.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

using namespace apd::ext::literals;
using apd::dynamic, apd::extents;

namespace {

constexpr std::size_t C = 3, H = 5;

/// Sums over rows, and rows that are added to, by statements that have two parts in common.
template <class T, class Device>
std::vector<std::vector<T>> results(Device&& device, std::size_t rows) {
    const auto numbers = [&](std::size_t n, std::uint64_t seed) { return apd_test::random_numbers<T>(n, seed); };
    apd::ext::array<Device, T, extents<dynamic, C>> x(device, rows), y(device, rows);
    apd::ext::array<Device, T, extents<C, H>> w(device), sum(device), squares(device);
    device.upload(std::span<const T>(numbers(rows * C, 1)), *x);
    device.upload(std::span<const T>(numbers(rows * C, 2)), *y);
    device.upload(std::span<const T>(numbers(C * H, 3)), *w);
    device.upload(std::span<const T>(numbers(C * H, 4)), *sum);
    const auto z = apd::ext::common<0>(apd::gelu::value(x["bc"_i] * w["cj"_i]));
    const auto twice = apd::ext::common<1>(apd::gelu::derivative(x["bc"_i]) * w["cj"_i] * 2);
    device(sum["cj"_i] += z, squares["cj"_i] += square(z) * twice, y["bc"_i] += twice - z);
    return {apd_test::on_host(device, *sum), apd_test::on_host(device, *squares), apd_test::on_host(device, *y)};
}

}  // namespace

TEMPLATE_TEST_CASE("statements that share a pass give what each alone does", "", float, double) {
    for (const std::size_t rows : {1U, 15U, 37U, 1100U}) {
        INFO(rows << " rows");
        const auto found = results<TestType>(apd::cpu({.threads = 1}), rows);
        const auto expected = results<TestType>(apd_test::serial(), rows);
        const auto close = static_cast<TestType>(sizeof(TestType) == 8 ? 1e-12 : 1e-4);
        for (std::size_t i = 0; i < found.size(); ++i)
            CHECK_THAT(found[i], Catch::Matchers::Approx(expected[i]).epsilon(close).margin(close));
        CHECK(results<TestType>(apd::cpu({.threads = 3}), rows) == found);
    }
}
TEST_CASE("a statement that reads what one before it wrote reads what was written") {
    apd::cpu device({.threads = 1});
    const std::size_t rows = 30;
    apd::ext::array<apd::cpu, double, extents<dynamic, C>> x(device, rows), y(device, rows);
    apd::ext::array<apd::cpu, double, extents<C, H>> w(device);
    device(x["bc"_i] = 1), device(y["bc"_i] = 0), device(w["cj"_i] = 2);
    device(y["bc"_i] += x["bc"_i] * w["cj"_i], w["cj"_i] += y["bc"_i] * x["bc"_i]);
    CHECK(apd_test::on_host(device, *y) == std::vector<double>(rows * C, 10));
    CHECK(apd_test::on_host(device, *w) == std::vector<double>(C * H, 2 + 30 * 10));
}
