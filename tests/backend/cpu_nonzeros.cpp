#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>

#include <apd/backend/cpu_nonzeros.hpp>

using namespace apd::ext::literals;
using namespace apd_test;
using apd::dynamic;

namespace {

constexpr std::size_t features = 20, columns = 37;

/// About one in eight numbers is not zero, and every third sample is all zero.
template <class T>
std::vector<T> sparse_batch(std::size_t batch, std::uint64_t seed) {
    std::vector<T> x = integers<T>(batch * features, seed);
    for (std::size_t b = 0; b < batch; ++b)
        for (std::size_t j = 0; j < features; ++j)
            if (b % 3 == 1 || (b + j) % 8 != 0) x[b * features + j] = 0;
    return x;
}

template <class T, std::size_t Features>
std::size_t nonzero_first(apd::cpu& device, apd::ext::view<T, apd::extents<dynamic, Features>> x) {
    const apd::ext::array<apd::cpu, std::uint32_t, apd::extents<dynamic>> number(device, x.batch);
    return device.nonzero_first(x, *number);
}

}  // namespace

TEMPLATE_TEST_CASE("samples that are not all zero come first, in their order, and zeros behind them", "", float,
                   double) {
    using T = TestType;
    apd::cpu device({.threads = 1});
    tensor<model<apd::cpu, T>, dynamic, 2> x(device, 5, 1);
    device.upload(std::span<const T>(std::vector<T>{1, 0, 0, 0, 0, -2, 0, 0, 3, 4}), *x);
    CHECK(nonzero_first(device, *x) == 3);
    CHECK(x.values() == std::vector<T>{1, 0, 0, -2, 3, 4, 0, 0, 0, 0});
    CHECK(nonzero_first(device, *x) == 3);
    device(x["bi"_i] = 0);
    CHECK(nonzero_first(device, *x) == 0);
}

TEST_CASE("every sample keeps its number, those that are all zero too") {
    apd::cpu device({.threads = 1});
    const auto check = [&]<std::size_t J>(std::integral_constant<std::size_t, J>) {
        tensor<model<apd::cpu, float>, dynamic, J> x(device, 5, 1);
        std::vector<float> given(5 * J);
        given[1 * J] = 1, given[4 * J] = 2;
        device.upload(std::span<const float>(given), *x);
        const apd::ext::array<apd::cpu, std::uint32_t, apd::extents<dynamic>> number(device, 5);
        CHECK(device.nonzero_first(*x, *number) == 2);
        std::vector<std::uint32_t> numbers(5);
        device.download(*number, std::span(numbers));
        CHECK(std::vector(numbers.begin(), numbers.begin() + 2) == std::vector<std::uint32_t>{1, 4});
        std::ranges::sort(numbers);
        CHECK(numbers == std::vector<std::uint32_t>{0, 1, 2, 3, 4});
    };
    check(std::integral_constant<std::size_t, 3>());
    check(std::integral_constant<std::size_t, features>());
}

TEMPLATE_TEST_CASE("products by sparse inputs give what the plain loops give", "", float, double) {
    using T = TestType;
    using on_cpu = model<apd::cpu, T>;
    apd::cpu device({.threads = 2});
    for (const std::size_t batch : batch_sizes) {
        INFO(batch << " samples");
        tensor<on_cpu, dynamic, features> x(device, batch, 1);
        tensor<on_cpu, dynamic, columns> z(device, batch, 2);
        tensor<on_cpu, dynamic, 3, columns> t(device, batch, 3);
        tensor<on_cpu, features, columns> w(device, 4);
        tensor<on_cpu, 3, features, columns> d(device, 5);
        x.host = sparse_batch<T>(batch, 6);
        device.upload(std::span<const T>(x.host), *x);
        nonzero_first(device, *x);
        x.host = x.values();
        gives(device, z, "bo"_i, x["bi"_i] * w["io"_i],
              [&](auto b, auto o) { return sum(features, [&](auto i) { return x(b, i) * w(i, o); }); });
        gives(device, t, "bko"_i, x["bi"_i] * d["kio"_i],
              [&](auto b, auto k, auto o) { return sum(features, [&](auto i) { return x(b, i) * d(k, i, o); }); });
        if (batch < 20) continue;
        // Of some samples alone.
        const auto some = (*x).rows(17, 3);
        const auto target = (*z).rows(17, 3);
        device(target["bo"_i] = some["bi"_i] * w["io"_i]);
        for (std::size_t b = 17; b < 20; ++b)
            for (std::size_t o = 0; o < columns; ++o)
                z(b, o) = sum(features, [&](auto i) { return x(b, i) * w(i, o); });
        z.check();
    }
}

TEST_CASE("threads lay the samples of a large batch as one does") {
    using on_cpu = model<apd::cpu, float>;
    constexpr std::size_t batch = 3000;
    const auto given = sparse_batch<float>(batch, 6);
    std::vector<float> expected;
    for (auto sample = given.begin(); sample != given.end(); sample += features)
        if (std::any_of(sample, sample + features, [](float number) { return number != 0; }))
            expected.insert(expected.end(), sample, sample + features);
    const std::size_t kept = expected.size() / features;
    expected.resize(given.size());

    std::vector<std::vector<float>> products;
    for (const std::size_t threads : {1U, 3U}) {
        apd::cpu device({.threads = threads});
        tensor<on_cpu, dynamic, features> x(device, batch, 1);
        tensor<on_cpu, dynamic, columns> z(device, batch, 2);
        tensor<on_cpu, features, columns> w(device, 4);
        device.upload(std::span<const float>(given), *x);
        CHECK(nonzero_first(device, *x) == kept);
        CHECK(x.values() == expected);
        device((*z)["bo"_i] = (*x)["bi"_i] * (*w)["io"_i]);
        products.push_back(z.values());
    }
    CHECK(products[0] == products[1]);
}

TEMPLATE_TEST_CASE("-0 is a zero, and NaN is none, in few features and in many", "", float, double) {
    using T = TestType;
    apd::cpu device({.threads = 1});
    const auto kept = [&]<std::size_t J>(std::integral_constant<std::size_t, J>) {
        tensor<model<apd::cpu, T>, dynamic, J> x(device, 4, 1);
        std::vector<T> given(4 * J);
        given[0] = T(-0.0);
        given[1 * J + 1] = std::numeric_limits<T>::quiet_NaN();
        given[3 * J + J - 1] = 5;
        device.upload(std::span<const T>(given), *x);
        const std::size_t found = nonzero_first(device, *x);
        CHECK(std::isnan(x.values()[1]));
        CHECK(x.values()[J + J - 1] == 5);
        return found;
    };
    CHECK(kept(std::integral_constant<std::size_t, 3>()) == 2);
    CHECK(kept(std::integral_constant<std::size_t, features>()) == 2);
}

TEST_CASE("nothing is left of the batches before, whatever their sizes") {
    using on_cpu = model<apd::cpu, double>;
    apd::cpu device({.threads = 1});
    const auto check = [&]<std::size_t J>(std::integral_constant<std::size_t, J>, std::size_t batch,
                                          std::size_t nonzeros_of_sample, std::size_t every = 2) {
        INFO(batch << " samples of " << J << " features");
        tensor<on_cpu, dynamic, J> x(device, batch, 1);
        tensor<on_cpu, dynamic, columns> z(device, batch, 2);
        tensor<on_cpu, J, columns> w(device, 3);
        for (std::size_t b = 0; b < batch; ++b)
            for (std::size_t j = 0; j < J; ++j) x(b, j) = b % every == 0 && j < nonzeros_of_sample ? 1. + double(j) : 0;
        device.upload(std::span<const double>(x.host), *x);
        nonzero_first(device, *x);
        x.host = x.values();
        gives(device, z, "bo"_i, x["bi"_i] * w["io"_i],
              [&](auto b, auto o) { return sum(J, [&](auto i) { return x(b, i) * w(i, o); }); });
    };
    check(std::integral_constant<std::size_t, features>(), 60, 5);
    check(std::integral_constant<std::size_t, features>(), 60, 1);     // fewer entries, as many samples of zeros
    check(std::integral_constant<std::size_t, features>(), 60, 0);     // zeros alone
    check(std::integral_constant<std::size_t, features>(), 60, 2, 1);  // no sample of zeros
    check(std::integral_constant<std::size_t, 3>(), 80, 1);            // features that are not listed
    check(std::integral_constant<std::size_t, 512>(), 2, 3);           // more features, no more numbers
    check(std::integral_constant<std::size_t, features>(), 30, 2);
}

TEST_CASE("what was written since is multiplied by, whoever wrote it") {
    using on_cpu = model<apd::cpu, double>;
    apd::cpu device({.threads = 1});
    constexpr std::size_t batch = 40;
    tensor<on_cpu, dynamic, features> x(device, batch, 1);
    tensor<on_cpu, dynamic, columns> z(device, batch, 2);
    tensor<on_cpu, features, columns> w(device, 3);
    const auto check = [&] {
        x.host = x.values();
        gives(device, z, "bo"_i, x["bi"_i] * w["io"_i],
              [&](auto b, auto o) { return sum(features, [&](auto i) { return x(b, i) * w(i, o); }); });
    };
    const auto start = [&] {
        device.upload(std::span<const double>(sparse_batch<double>(batch, 6)), *x);
        nonzero_first(device, *x);
    };
    start();
    device((*x).rows(20, 5)["bi"_i] = 3);
    check();
    start();
    device((*x).template slice<1>(7)["bi"_i] = 2);
    check();
    start();
    device.upload(std::span<const double>(integers<double>(batch * features, 9)), *x);
    check();
    start();
    device.random(
        {}, [](std::uint32_t word) { return static_cast<double>(word % 5); }, *x);
    check();
}
