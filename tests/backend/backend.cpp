#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>
#include <support/counted_allocations.hpp>
#include <support/serial.hpp>

#include <apd/backend/backend.hpp>

using namespace apd::ext::literals;
using namespace apd_test;
using apd::dynamic;

namespace {

struct without_random : serial {
    void random() {}
};
struct without_selection : serial {
    void select_top_per_sample() {}
};
struct without_tiles : serial {
    void tile_bytes() {}
};

}  // namespace

TEST_CASE("a backend has every primitive") {
    STATIC_REQUIRE(apd::ext::backend<apd::cpu>);
    STATIC_REQUIRE(apd::ext::backend<serial>);
    STATIC_REQUIRE_FALSE(apd::ext::backend<without_random>);
    STATIC_REQUIRE_FALSE(apd::ext::backend<without_selection>);
    STATIC_REQUIRE_FALSE(apd::ext::backend<without_tiles>);
    STATIC_REQUIRE_FALSE(apd::ext::backend<float>);
}

namespace {
/// A word without its lower bits. (A type, not a lambda: kernels have names.)
template <class T>
struct upper_bits {
    unsigned dropped;
    APD_HOST_DEVICE T operator()(std::uint32_t word) const { return static_cast<T>(word >> dropped); }
};
}  // namespace

TEMPLATE_LIST_TEST_CASE("memory is zero at first, also where it was used before", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    for (int time = 0; time < 3; ++time) {
        T* const memory = device.template allocate<T>(1000);
        const apd::ext::view<T, apd::extents<1000>> array{memory};
        CHECK(downloaded(device, array) == std::vector<T>(1000, 0));
        device(array["i"_i] = 7);
        device.deallocate(memory);
    }
}

TEMPLATE_LIST_TEST_CASE("host arrays are row-major, samples first", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    const std::vector<T> numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    apd::ext::array<typename TestType::device, T, apd::extents<dynamic, 2, 3>> x(device, 2);
    device.upload(std::span<const T>(numbers), *x);
    CHECK(downloaded(device, *x) == numbers);
    CHECK(downloaded(device, apd::ext::view<const T, apd::extents<dynamic, 2, 3>>(*x)) == numbers);
    CHECK(downloaded(device, (*x).rows(1, 1)) == std::vector<T>{7, 8, 9, 10, 11, 12});
    CHECK(downloaded(device, (*x).template slice<1>(1)) == std::vector<T>{4, 5, 6, 10, 11, 12});

    apd::ext::array<typename TestType::device, T, apd::extents<3, 2, 2>> w(device);
    device.upload(std::span<const T>(numbers), *w);
    CHECK(downloaded(device, *w) == numbers);
    CHECK(downloaded(device, (*w)(1)) == std::vector<T>{5, 6, 7, 8});
    CHECK(downloaded(device, (*w)(2)(1)(0)) == std::vector<T>{11});

    // The letters of a statement mean the same axes as the host's.
    apd::ext::array<typename TestType::device, T, apd::extents<3>> sums(device);
    device(sums["i"_i] = x["bki"_i]);
    CHECK(downloaded(device, *sums) == std::vector<T>{22, 26, 30});
    device(sums["c"_i] = w["cij"_i]);
    CHECK(downloaded(device, *sums) == std::vector<T>{10, 26, 42});
}

TEMPLATE_LIST_TEST_CASE("uploading a part leaves the rest as it is", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    for (const std::size_t batch : batch_sizes) {
        tensor<TestType, dynamic, 5> x(device, batch + 2, 1);
        const auto part = integers<T>(batch * 5, 2);
        device.upload(std::span<const T>(part), (*x).rows(1, batch));
        std::copy(part.begin(), part.end(), x.host.begin() + 5);
        x.check();
    }
}

TEMPLATE_LIST_TEST_CASE("whole numbers are arrays too", "", models) {
    typename TestType::device device;
    const std::vector<std::uint32_t> numbers{0, 1, 0x80000000, 0xffffffff};
    apd::ext::array<typename TestType::device, std::uint32_t, apd::extents<dynamic>> x(device, 4);
    CHECK(downloaded(device, *x) == std::vector<std::uint32_t>(4));
    device.upload(std::span<const std::uint32_t>(numbers), *x);
    CHECK(downloaded(device, *x) == numbers);
}

TEMPLATE_LIST_TEST_CASE("random numbers are those of their sample and feature", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    const apd::ext::random_key key{.seed = 0x123456789abcdef0, .stream = 3, .step = 5};
    const upper_bits<T> upper{8};
    for (const std::size_t batch : batch_sizes) {
        tensor<TestType, dynamic, 3> x(device, batch, 1);
        x.for_each([&](auto b, auto i) { x(b, i) = upper(apd::ext::random_word(key, b, i)); });
        device.random(key, upper, *x);
        x.check();
    }
}

TEMPLATE_LIST_TEST_CASE("every piece of parallel work is done once", "", models) {
    typename TestType::device device;
    REQUIRE(device.workers() >= 1);
    for (const std::size_t cost : {1U, 10'000'000U})
        for (const std::size_t pieces : {0U, 1U, 2U, 100U}) {
            std::vector<std::atomic<int>> times(pieces);
            std::atomic<std::size_t> strangers = 0;
            device.parallel(pieces, cost, [&](std::size_t worker, std::size_t piece) {
                ++times[piece];
                if (worker >= device.workers()) ++strangers;
            });
            for (const auto& of_piece : times) CHECK(of_piece == 1);
            CHECK(strangers == 0);
        }
}

TEMPLATE_LIST_TEST_CASE("sequences are done as often as they are wanted, each on a fork and arrays of its own", "",
                        models) {
    using device_type = typename TestType::device;
    using T = typename TestType::scalar;
    device_type device;
    device_type forks[] = {device.fork(), device.fork(), device.fork()};
    using samples = apd::ext::array<device_type, T, apd::extents<apd::dynamic, 3>>;
    using number = apd::ext::array<device_type, T, apd::extents<>>;
    const samples counts[] = {samples(forks[0], 5), samples(forks[1], 5), samples(forks[2], 5)};
    const number sums[] = {number(forks[0]), number(forks[1]), number(forks[2])};
    auto count = device.sequences(3, [&](std::size_t i) {
        forks[i](counts[i]["bi"_i] += static_cast<T>(i + 1));
        forks[i](sums[i][""_i] += counts[i]["bi"_i]);
    });
    count(1);
    count(0);
    count(3);
    for (std::size_t i = 0; i < 3; ++i) {
        const T step = static_cast<T>(i + 1);
        CHECK(downloaded(device, *counts[i]) == std::vector<T>(15, 4 * step));
        CHECK(downloaded(device, *sums[i]) == std::vector<T>{15 * step * (1 + 2 + 3 + 4)});
    }
}
TEMPLATE_LIST_TEST_CASE("what has run once allocates nothing when it runs again", "", models_without_threads) {
    using T = typename TestType::scalar;
    constexpr std::size_t batch = 130;
    typename TestType::device device;
    tensor<TestType, dynamic, 5> x(device, batch, 1);
    tensor<TestType, dynamic, 3> inner(device, batch * 3, 2), a(device, batch, 3);
    tensor<TestType, dynamic, 7> z(device, batch, 4);
    tensor<TestType, 3, 5, 3> u(device, 5);
    tensor<TestType, 3, 3, 7> v(device, 6);
    tensor<TestType, 5, 7> w(device, 7), g(device, 8);
    tensor<TestType> n(device, 9);
    apd::ext::pair_storage<typename TestType::device, T, 3> pairs(device, batch * 3);
    const auto step = [&] {
        device.random({}, upper_bits<T>{20}, *a);
        device(n[""_i] = 200);
        device.select_top(*a, *n, *pairs);
        device(inner["pr"_i] = x["bi"_i] * u["cir"_i], *pairs);
        device(z["bo"_i] = inner["pr"_i] * v["cro"_i], *pairs);
        device.select_top_per_sample(*a, 2, *pairs);
        device(v["cro"_i] += inner["pr"_i] * z["bo"_i], *pairs);
        device(z["bo"_i] = x["bi"_i] * w["io"_i]);
        device(g["io"_i] = x["bi"_i] * z["bo"_i], w["io"_i] += g["io"_i]);
        device(w["io"_i] += g["io"_i], g["io"_i] = 0);
        device(n[""_i] = apd::ext::square(z["bo"_i]));
        device.upload(std::span<const T>(x.host), *x);
        device.download(*x, std::span<T>(x.host));
        device.parallel(4, 10'000'000, [&](std::size_t, std::size_t) {});
    };
    step();
    const std::size_t before = apd_test::allocations;
    step();
    const std::size_t after = apd_test::allocations;
    ::operator delete(::operator new(1));
    const std::size_t last = apd_test::allocations;
    CHECK(after == before);
    CHECK(last == after + 1);  // they are counted
}
