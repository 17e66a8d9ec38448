#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>
#include <support/small_problem.hpp>

#include <apd/backend/cpu.hpp>

using namespace apd::ext::literals;
using namespace apd_test;
using apd::dynamic;

namespace {

/// Real numbers from statements that tiles of a batch run, as a step of training does.
template <class T>
std::vector<T> tiled(std::size_t threads) {
    constexpr std::size_t batch = 515, tile = 32, pieces = (batch + tile - 1) / tile;
    apd::cpu device({.threads = threads});
    using on_cpu = model<apd::cpu, T>;
    tensor<on_cpu, dynamic, 5> x(device, batch, 1);
    tensor<on_cpu, dynamic, 7> z(device, batch, 2);
    tensor<on_cpu, 5, 7> w(device, 3), g(device, 4);
    tensor<on_cpu, pieces> losses(device, 5);
    tensor<on_cpu> loss(device, 6);
    device(x["bi"_i] = x["bi"_i] / 7, w["io"_i] = w["io"_i] / 3);
    device.parallel(pieces, 10'000'000, [&](std::size_t, std::size_t piece) {
        const std::size_t begin = piece * tile, count = std::min(tile, batch - begin);
        const auto x_part = (*x).rows(begin, count);
        const auto z_part = (*z).rows(begin, count);
        device(z_part["bo"_i] = x_part["bi"_i] * w["io"_i],
               (*losses)(piece)[""_i] = apd::ext::sqrt(apd::ext::square(z_part["bo"_i])));
    });
    device(loss[""_i] = losses["k"_i], g["io"_i] = x["bi"_i] * z["bo"_i] * loss[""_i]);
    auto all = z.values();
    const auto gradient = g.values();
    all.insert(all.end(), gradient.begin(), gradient.end());
    return all;
}

/// Products that are dealt along each of their sides, and random numbers.
template <class T>
std::vector<T> dealt(std::size_t threads) {
    apd::cpu device({.threads = threads});
    using on_cpu = model<apd::cpu, T>;
    tensor<on_cpu, 50, 40, 11> u(device, 1);
    tensor<on_cpu, 50, 11, 10> v(device, 2);
    tensor<on_cpu, 50, 40, 10> each(device, 3);
    tensor<on_cpu, 40, 10> few_lanes(device, 4);
    tensor<on_cpu, 20, 3, 5> small_u(device, 5);
    tensor<on_cpu, 20, 5, 700> wide_v(device, 6);
    tensor<on_cpu, 3, 700> many_lanes(device, 7);
    tensor<on_cpu, 700, 90> turned(device, 8);
    tensor<on_cpu, 3, 90> packed(device, 9);
    tensor<on_cpu, 90, 700> factor(device, 10);
    tensor<on_cpu, dynamic, 7> x(device, 2000, 11);
    device(few_lanes["io"_i] = u["cir"_i] * v["cro"_i], each["cio"_i] = u["cir"_i] * v["cro"_i],
           u["cir"_i] += few_lanes["io"_i] * v["cro"_i], many_lanes["io"_i] = small_u["cir"_i] * wide_v["cro"_i],
           packed["ir"_i] = many_lanes["io"_i] * factor["ro"_i], turned["or"_i] = many_lanes["io"_i] * packed["ir"_i]);
    device.random(
        {.seed = 3}, [](std::uint32_t word) { return static_cast<T>(word); }, *x);
    std::vector<T> all;
    const auto append = [&](const auto& some) {
        const auto values = some.values();
        all.insert(all.end(), values.begin(), values.end());
    };
    append(few_lanes), append(each), append(u), append(many_lanes), append(packed), append(turned), append(x);
    return all;
}

}  // namespace

TEST_CASE("the host has as many workers as threads are asked for") {
    CHECK(apd::cpu({.threads = 1}).workers() == 1);
    CHECK(apd::cpu({.threads = 3}).workers() == 3);
    CHECK(apd::cpu().workers() == apd::usable_processors());
}

TEMPLATE_TEST_CASE("the number of threads does not change a bit", "", float, double) {
    for (const auto run : {&tiled<TestType>, &dealt<TestType>}) {
        const auto expected = run(1);
        CHECK(expected.back() != 0);
        for (const std::size_t threads : {2U, 3U, 5U}) {
            const auto found = run(threads);
            REQUIRE(found.size() == expected.size());
            CHECK(std::memcmp(found.data(), expected.data(), expected.size() * sizeof(TestType)) == 0);
        }
    }
}

TEST_CASE("a little work is done by the caller alone, in order") {
    apd::cpu device({.threads = 3});
    std::vector<std::size_t> order;
    std::set<std::thread::id> threads;
    device.parallel(10, 100, [&](std::size_t worker, std::size_t piece) {
        order.push_back(piece);
        threads.insert(std::this_thread::get_id());
        CHECK(worker == 0);
    });
    CHECK(order == std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(threads == std::set{std::this_thread::get_id()});
}

TEMPLATE_TEST_CASE("arrays begin at a line of the cache", "", float, double) {
    apd::cpu device({.threads = 1});
    for (const std::size_t count : {0U, 1U, 17U, 1000U}) {
        auto* const memory = device.allocate<TestType>(count);
        CHECK(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0);
        device.deallocate(memory);
    }
}

TEST_CASE("statements in one call run one after the other, also where they could not be fused") {
    apd::cpu device({.threads = 1});
    apd::ext::array<apd::cpu, float, apd::extents<5>> x(device), y(device);
    apd::ext::array<apd::cpu, float, apd::extents<3>> z(device);
    device(z["i"_i] = 1, x["j"_i] = 2);  // of different sizes
    CHECK(on_host(device, *z) == std::vector<float>{1, 1, 1});
    CHECK(on_host(device, *x) == std::vector<float>{2, 2, 2, 2, 2});
    const auto first = (*x).slice<3>(0), second = (*x).slice<3>(1);
    device(second["i"_i] = 7, z["i"_i] = first["i"_i] + 1);  // the second reads what the first writes elsewhere
    CHECK(on_host(device, *z) == std::vector<float>{3, 8, 8});
    device(x["i"_i] = x["i"_i] + 1, y["i"_i] = x["i"_i] * 2);  // as an optimiser does
    CHECK(on_host(device, *y) == std::vector<float>{6, 16, 16, 16, 6});
}

TEST_CASE("host arrays of another size are refused") {
    apd::cpu device({.threads = 1});
    apd::ext::array<apd::cpu, float, apd::extents<apd::dynamic, 2>> x(device, 3);
    std::vector<float> five(5);
    CHECK_THROWS_WITH(device.upload(std::span<const float>(five), *x),
                      "upload: 5 numbers for an array of 6; give one number for each element");
    CHECK_THROWS_WITH(device.download(*x, std::span(five)),
                      "download: 5 numbers for an array of 6; give one number for each element");
}
