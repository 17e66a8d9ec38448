#include <limits>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/array.hpp>
#include <apd/data/samples.hpp>
#include <apd/data/sparse_features.hpp>

namespace {

/// Batch `step` of `size` samples, row-major.
template <std::size_t Features>
std::vector<float> batch(const apd::samples<Features>& data, std::uint32_t step, std::size_t size) {
    apd_test::plain_backend device;
    const apd::ext::array<apd_test::plain_backend, float, apd::extents<apd::dynamic, Features>> x(device, size);
    data.fill(device, step, *x);
    std::vector<float> rows(size * Features);
    device.download(*x, std::span(rows));
    return rows;
}

}  // namespace

static_assert(apd::ext::data_source<apd::samples<2>, apd_test::plain_backend, float>);

TEST_CASE("batches take the samples in order, and again from the start") {
    // [example samples]
    const apd::samples<2> data(std::vector<float>{0, 1, 10, 11, 20, 21});  // three samples
    // [/example]
    STATIC_REQUIRE(data.features == 2);
    CHECK(data.size() == 3);
    CHECK(batch(data, 0, 2) == std::vector<float>{0, 1, 10, 11});
    CHECK(batch(data, 1, 2) == std::vector<float>{20, 21, 0, 1});
    CHECK(batch(data, 2, 2) == std::vector<float>{10, 11, 20, 21});
    CHECK(batch(data, 3, 2) == batch(data, 0, 2));
    CHECK(batch(data, 1, 2) == std::vector<float>{20, 21, 0, 1});  // the same step, the same batch
}
TEST_CASE("a batch may hold the samples more than once") {
    const apd::samples<1> data(std::vector<float>{1, 2, 3});
    CHECK(batch(data, 0, 7) == std::vector<float>{1, 2, 3, 1, 2, 3, 1});
    CHECK(batch(data, 1, 7) == std::vector<float>{2, 3, 1, 2, 3, 1, 2});
}
TEST_CASE("late batches continue the cycle") {
    const apd::samples<1> data(std::vector<float>{0, 1, 2, 3, 4, 5, 6});
    CHECK(batch(data, 4'000'000'000, 3) == std::vector<float>{2, 3, 4});  // 12 · 10⁹ mod 7 = 2
}
TEST_CASE("no whole number of samples, and numbers that are none, are errors") {
    using three = apd::samples<3>;
    using Catch::Matchers::Message;
    CHECK_THROWS_MATCHES(three({}), apd::error,
                         Message("samples: 0 numbers are not a whole number of samples; give 3 for each sample, and at "
                                 "least one sample"));
    CHECK_THROWS_MATCHES(three({1, 2, 3, 4}), apd::error,
                         Message("samples: 4 numbers are not a whole number of samples; give 3 for each sample, and at "
                                 "least one sample"));
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()})
        CHECK_THROWS_MATCHES(three({1, 2, bad}), apd::error,
                             Message("samples: a value is NaN or infinite; remove the sample it belongs to"));
}
