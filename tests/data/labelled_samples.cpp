#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/array.hpp>
#include <apd/data/data_source.hpp>
#include <apd/data/labelled_samples.hpp>

using apd_test::on_host;
using apd_test::tested_backend;

namespace {

using classified = apd::labelled_samples<2, apd::class_labels<7>>;
using paired = apd::labelled_samples<2, apd::output_labels<3>>;
static_assert(apd::ext::data_source<classified, tested_backend, float> && apd::ext::has_labels<classified>);

// Sample i is (i, −i), its class i.
classified seven(std::uint64_t seed = 0) {
    std::vector<float> rows;
    std::vector<std::uint32_t> classes;
    for (std::uint32_t i = 0; i < 7; ++i) {
        rows.insert(rows.end(), {static_cast<float>(i), -static_cast<float>(i)});
        classes.push_back(i);
    }
    return {rows, classes, seed};
}

struct batch {
    tested_backend device;
    apd::ext::array<tested_backend, float, apd::extents<apd::dynamic, 2>> x;
    apd::ext::array<tested_backend, std::uint32_t, apd::extents<apd::dynamic>> y;
    explicit batch(std::size_t size) : x(device, size), y(device, size) {}
};

}  // namespace

TEST_CASE("every epoch has every sample once, with its label, however batches cut it") {
    batch four(4);
    const auto data = seven();
    std::vector<std::uint32_t> all;
    for (std::uint32_t step = 0; step < 7; ++step) {
        data.fill(four.device, step, *four.x, *four.y);
        const auto x = on_host(four.device, *four.x);
        const auto y = on_host(four.device, *four.y);
        for (std::size_t b = 0; b < 4; ++b) {
            CHECK(x[2 * b] == static_cast<float>(y[b]));
            CHECK(x[2 * b + 1] == -static_cast<float>(y[b]));
        }
        all.insert(all.end(), y.begin(), y.end());
    }
    for (std::size_t epoch = 0; epoch < 4; ++epoch) {
        std::vector<std::uint32_t> seen(all.begin() + 7 * epoch, all.begin() + 7 * (epoch + 1));
        std::ranges::sort(seen);
        CHECK(seen == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6});
    }
}
TEST_CASE("who asks for no labels is given the same samples, and a seed gives another order") {
    batch one(5), other(5);
    seven().fill(one.device, 3, *one.x, *one.y);
    seven().fill(other.device, 3, *other.x);
    CHECK(on_host(one.device, *one.x) == on_host(other.device, *other.x));
    seven(1).fill(other.device, 3, *other.x);
    CHECK(on_host(one.device, *one.x) != on_host(other.device, *other.x));
}
TEST_CASE("samples are read in order too, and labels may be what a network should give") {
    batch two(2);
    seven().fill_in_order(two.device, 3, *two.x, *two.y);
    CHECK(on_host(two.device, *two.y) == std::vector<std::uint32_t>{3, 4});
    const paired data({1, 2, 3, 4}, {10, 11, 12, 20, 21, 22});
    apd::ext::array<tested_backend, float, apd::extents<apd::dynamic, 3>> y(two.device, 2);
    data.fill_in_order(two.device, 0, *two.x, *y);
    CHECK(on_host(two.device, *two.x) == std::vector<float>{1, 2, 3, 4});
    CHECK(on_host(two.device, *y) == std::vector<float>{10, 11, 12, 20, 21, 22});
}
TEST_CASE("samples without a label each, or with a wrong one, are refused") {
    CHECK_THROWS_WITH(classified({}, {}), Catch::Contains("0 numbers are not a whole number of samples"));
    CHECK_THROWS_WITH(classified({1, 2, 3}, {0}), Catch::Contains("3 numbers are not a whole number of samples"));
    CHECK_THROWS_WITH(classified({1, 2, 3, 4}, {0}),
                      Catch::Contains("2 samples have 1 labels; give 1 for each sample"));
    CHECK_THROWS_WITH(paired({1, 2}, {0, 1}), Catch::Contains("1 samples have 2 labels; give 3 for each sample"));
    CHECK_THROWS_WITH(classified({1, 2}, {7}),
                      "labelled_samples: a sample is of class 7; number the classes from 0 to 6");
    CHECK_THROWS_WITH(classified({1, std::nanf("")}, {0}), Catch::Contains("a number is NaN or infinite"));
    CHECK_THROWS_WITH(paired({1, 2}, {0, 1, std::numeric_limits<float>::infinity()}),
                      Catch::Contains("a number is NaN or infinite"));
}
