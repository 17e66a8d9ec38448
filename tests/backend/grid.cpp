#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/host_grid.hpp>

#include <apd/backend/array.hpp>
#include <apd/backend/grid.hpp>

using namespace apd::ext::literals;

namespace {

/// Counts in which way work was asked for: by threads, by groups, as products of matrices.
struct counted_machine : apd_test::host_machine<1000, 1000, 100, 8> {
    using host_machine::host_machine;
    std::size_t threads = 0, groups = 0, products = 0;

    void run(const auto& work, std::size_t most) { ++threads, host_machine::run(work, most); }
    void run_groups(const auto& work, std::size_t most) { ++groups, host_machine::run_groups(work, most); }
    template <class T>
    void multiply(const apd::ext::detail::matrix_product<T>& product) {
        ++products, host_machine::multiply(product);
    }
};
using device_type = apd::ext::grid<counted_machine>;
template <std::size_t... Sizes>
using array = apd::ext::array<device_type, double, apd::extents<Sizes...>>;
using ways = std::array<std::size_t, 3>;

}  // namespace

TEST_CASE("a statement runs by threads, by groups or as a product, as its sizes ask for") {
    device_type device;
    const auto way = [&](const auto&... statements) {
        auto& machine = device.machine();
        const ways before{machine.threads, machine.groups, machine.products};
        device(statements...);
        return ways{machine.threads - before[0], machine.groups - before[1], machine.products - before[2]};
    };
    const array<apd::dynamic, 6> x(device, 40), y(device, 40);
    const array<apd::dynamic, 50> wide(device, 40);
    const array<6, 50> w(device);
    const array<50, 6> narrow(device);
    const array<6> column(device);
    const array<> sum(device);
    CHECK(way(y["bi"_i] = x["bi"_i] * 2.0) == ways{1, 0, 0});  // nothing is summed
    CHECK(way(y["bi"_i] = x["bi"_i] * 2.0, x["bi"_i] = y["bi"_i] + 1.0) == ways{2, 0, 0});
    CHECK(way(wide["bo"_i] = x["bi"_i] * w["io"_i]) == ways{0, 0, 1});               // 12 000 products
    CHECK(way(sum[""_i] = x["bi"_i] * y["bi"_i]) == ways{0, 1, 0});                  // one long sum
    CHECK(way(column["i"_i] = x["bi"_i]) == ways{0, 1, 0});                          // few long sums
    CHECK(way(y["bi"_i] = wide["bo"_i] * square(narrow["oi"_i])) == ways{1, 0, 0});  // many sums, no product
    // Alike arrays go together.
    const array<6, 50> v(device), u(device);
    CHECK(way(v["io"_i] = w["io"_i] * 2.0, u["io"_i] = v["io"_i] + w["io"_i]) == ways{1, 0, 0});
}
TEST_CASE("a sequence is asked for twice, once to be done and once to be recorded, however often it is repeated") {
    device_type device;
    const array<3> x(device);
    std::size_t asked = 0;
    auto add = device.sequences(1, [&](std::size_t) {
        ++asked;
        device(x["i"_i] += 1.0);
    });
    const auto value = [&] {
        std::vector<double> host(3);
        device.download(*x, std::span(host));
        return host[1];
    };
    add(0);
    CHECK(asked == 0);
    add(1);
    CHECK(value() == 1);
    CHECK(asked == 1);
    add(5);
    add(3);
    CHECK(value() == 9);
    CHECK(asked == 2);
}
TEST_CASE("sequences of several forks go on together, each on its own arrays") {
    device_type device;
    auto first = device.fork(), second = device.fork();
    CHECK(&first.machine() == &device.machine());
    const array<3> x(first), y(second);
    auto count = device.sequences(
        2, [&](std::size_t i) { (i == 0 ? first : second)((i == 0 ? x : y)["i"_i] += i == 0 ? 1.0 : 10.0); });
    count(4);
    std::vector<double> host(3);
    device.download(*x, std::span(host));
    CHECK(host[0] == 4);
    device.download(*y, std::span(host));
    CHECK(host[0] == 40);
}
TEST_CASE("sequences that ask for different work can't go together") {
    device_type device;
    const array<3> x(device);
    auto mixed = device.sequences(2, [&](std::size_t i) {
        if (i == 0) device(x["i"_i] += 1.0);
        else device(x["i"_i] = 0.0);
    });
    CHECK_THROWS_WITH(mixed(2), "join: two recordings are of different work; record the same work");
}
TEST_CASE("a grid refuses host arrays of another size") {
    device_type device;
    const array<apd::dynamic, 3> x(device, 4);
    std::vector<double> host(11);
    CHECK_THROWS_WITH(device.upload(std::span<const double>(host), *x),
                      "upload: 11 numbers for an array of 12; give one number for each element");
    CHECK_THROWS_WITH(device.download(*x, std::span(host)),
                      "download: 11 numbers for an array of 12; give one number for each element");
}
TEST_CASE("more elements than 32 bits count are refused before anything is done") {
    device_type device;
    const apd::ext::view<double, apd::extents<apd::dynamic, 2>> huge{nullptr, std::size_t{1} << 31U,
                                                                     std::size_t{1} << 31U};
    CHECK_THROWS_WITH(device(huge["bi"_i] = 0.0),
                      "array statement: 4294967296 elements at once, more than 32 bits count; use a smaller batch");
}
