#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/serial.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/array.hpp>
#include <apd/backend/cpu.hpp>
#include <apd/data/sparse_features.hpp>

namespace {

/// Batch `step` of B samples, row-major.
template <class Device, class T, std::size_t Features>
std::vector<T> batch(const apd::sparse_features<Features>& data, std::uint32_t step, std::size_t B) {
    Device device;
    const apd::ext::array<Device, T, apd::extents<apd::dynamic, Features>> x(device, B);
    data.fill(device, step, *x);
    std::vector<T> rows(B * Features);
    device.download(*x, std::span(rows));
    return rows;
}
/// Batches of one backend and scalar, for tests of what the numbers are.
template <std::size_t Features>
std::vector<double> numbers(const apd::sparse_features<Features>& data, std::uint32_t step, std::size_t B) {
    return batch<apd_test::serial, double>(data, step, B);
}

/// Hands out given words, and keeps the key it was asked with.
struct given_words {
    std::vector<std::uint32_t> words;
    apd::ext::random_key key{};
    template <class F, class T, std::size_t Features>
    void random(apd::ext::random_key asked, F f, apd::ext::view<T, apd::extents<apd::dynamic, Features>> x) {
        key = asked;
        for (std::size_t b = 0; b < x.batch; ++b) x.data[b] = f(words[b]);
    }
};

}  // namespace

static_assert(apd::ext::data_source<apd::sparse_features<5>, apd_test::serial, float>);
static_assert(apd::ext::data_source<apd::sparse_features<5>, apd_test::tested_backend, double>);
static_assert(!apd::ext::data_source<std::vector<float>, apd_test::serial, float>);

TEMPLATE_TEST_CASE("one word decides whether a feature is present, and where in its range", "", float, double) {
    // p = 1/4 of [0, 1) is stretched to [-2, 2): the words of 0, 1/16, 3/16; from 1/4 on the feature is absent.
    given_words device{{0, 1U << 28U, 3U << 28U, 1U << 30U, 1U << 31U, 0xffffffff}};
    std::vector<TestType> x(6, 99);
    const apd::sparse_features<1> data{.probability = 0.25, .low = -2, .high = 2, .seed = 12};
    data.fill(device, 34, apd::ext::view<TestType, apd::extents<apd::dynamic, 1>>{x.data(), 6, 6});
    CHECK(x == std::vector<TestType>{-2, -1, 1, 0, 0, 0});
    CHECK(device.key.seed == 12);
    CHECK(device.key.step.value() == 34);
    CHECK(device.key.stream < 1000);  // initial values take streams from 1000 on
}
TEMPLATE_TEST_CASE("every backend and scalar takes the same words", "", float, double) {
    // Enough samples for whole blocks of 64 and a rest.
    const apd::sparse_features<3> data{.probability = 0.3, .low = -1, .high = 3, .seed = 5};
    const auto found = batch<apd_test::tested_backend, TestType>(data, 7, 150);
    // A compiler may contract low + slope · v, of numbers up to 4, to one rounding, or not.
    const auto expected = batch<apd_test::serial, TestType>(data, 7, 150);
    const auto ulp = std::numeric_limits<TestType>::epsilon();
    CHECK_THAT(found, Catch::Matchers::Approx(expected).epsilon(4 * ulp).margin(8 * ulp));
    for (std::size_t b = 0; b < 150; ++b)
        for (std::size_t f = 0; f < 3; ++f) {
            const double v = apd::ext::random_word({.seed = 5, .stream = 1, .step = 7}, b, f) / 4294967296.0;
            CHECK(found[b * 3 + f] == Approx(v < 0.3 ? -1 + 4 * v / 0.3 : 0).margin(1e-6));
        }
}
TEST_CASE("the same step gives the same batch, other steps and seeds give others") {
    // [example sparse_features]
    const apd::sparse_features<5> data{.probability = 0.5, .low = 0, .high = 1, .seed = 3};
    // [/example]
    STATIC_REQUIRE(data.features == 5);
    const auto first = numbers(data, 0, 40);
    CHECK(numbers(data, 0, 40) == first);
    CHECK(numbers(data, 1, 40) != first);
    CHECK(numbers(apd::sparse_features<5>{.probability = 0.5, .seed = 4}, 0, 40) != first);
}
TEST_CASE("features are present as often as asked, each by itself, and uniform in their range") {
    constexpr std::size_t B = 40'000;
    constexpr double p = 0.05, low = -1, high = 3;
    const auto x = numbers(apd::sparse_features<2>{.probability = p, .low = low, .high = high, .seed = 1}, 0, B);
    const auto deviations = [](double found, double expected, double deviation) {
        return std::abs(found - expected) / deviation;
    };
    double both = 0, outside = 0;
    for (std::size_t f = 0; f < 2; ++f) {
        double present = 0, sum = 0, squares = 0, next_too = 0;
        for (std::size_t b = 0; b < B; ++b) {
            const double value = x[b * 2 + f];
            if (value == 0) continue;
            outside += value < low || value > high;
            ++present;
            sum += value;
            squares += (value - 1) * (value - 1);
            next_too += b + 1 < B && x[(b + 1) * 2 + f] != 0;
            both += f == 0 && x[b * 2 + 1] != 0;
        }
        const double width = high - low;
        CHECK(deviations(present, B * p, std::sqrt(B * p * (1 - p))) < 4);
        CHECK(deviations(next_too, B * p * p, std::sqrt(B * p * p)) < 4);
        CHECK(deviations(sum / present, 1, width / std::sqrt(12 * present)) < 4);
        // A uniform number's square about the middle has mean w²/12 and variance w⁴/180.
        CHECK(deviations(squares / present, width * width / 12, width * width / std::sqrt(180 * present)) < 4);
    }
    CHECK(outside == 0);
    CHECK(deviations(both, B * p * p, std::sqrt(B * p * p)) < 4);
}
TEST_CASE("with probability 1 every feature is present, and a range may be one number") {
    for (const double value : numbers(apd::sparse_features<3>{.probability = 1, .low = 2, .high = 3}, 0, 100))
        CHECK((value >= 2 && value < 3));
    const auto twos = numbers(apd::sparse_features<3>{.probability = 1, .low = 2, .high = 2}, 0, 100);
    CHECK(twos == std::vector<double>(300, 2));
}
TEST_CASE("a probability that is none and a range that is empty are errors") {
    using Catch::Matchers::Message;
    const auto fill = [](double probability, double low, double high) {
        return numbers(apd::sparse_features<2>{.probability = probability, .low = low, .high = high}, 0, 1);
    };
    CHECK_THROWS_MATCHES(fill(0, 0, 1), apd::error,
                         Message("sparse_features: the probability is 0; choose one above 0 and at most 1"));
    CHECK_THROWS_AS(fill(-0.5, 0, 1), apd::error);
    CHECK_THROWS_AS(fill(1.001, 0, 1), apd::error);
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(fill(none, 0, 1), apd::error);
    CHECK_THROWS_MATCHES(
        fill(0.5, 1, 0), apd::error,
        Message("sparse_features: low is not at most high, or one is not finite; give numbers in order"));
    CHECK_THROWS_AS(fill(0.5, none, 1), apd::error);
    CHECK_THROWS_AS(fill(0.5, 0, none), apd::error);
    CHECK_THROWS_AS(fill(0.5, 0, std::numeric_limits<double>::infinity()), apd::error);
}
