// The largest over letters that a target lacks, and comparisons of letters, on every backend that tests know.

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>

namespace {

using namespace apd::ext::literals;
using apd::dynamic;
using apd::extents;
using apd_test::on_host;
using numbers = std::vector<double>;

template <class Device, class Extents>
struct numbers_of : apd::ext::array<Device, double, Extents> {
    numbers values;
    template <class... Batch>
    explicit numbers_of(Device& device, std::uint64_t seed, Batch... batch)
        : apd::ext::array<Device, double, Extents>(device, batch...),
          values(apd_test::random_numbers(Extents::elements * (std::size_t{1} * ... * batch), seed)) {
        device.upload(std::span<const double>(values), **this);
    }
};

}  // namespace

#if defined(__CUDACC__) || defined(APD_TESTED_ON_GRID)
#define APD_BACKENDS apd_test::tested_backend
#else
#define APD_BACKENDS apd_test::tested_backend, apd_test::plain_backend, apd_test::recording_backend
#endif

TEMPLATE_TEST_CASE("a maximum over entries, over samples, and over both", "", APD_BACKENDS) {
    constexpr std::size_t B = 37, N = 6;
    TestType device;
    const numbers_of<TestType, extents<dynamic, N>> x(device, 1, B);
    const apd::ext::array<TestType, double, extents<dynamic>> of_samples(device, B);
    const apd::ext::array<TestType, double, extents<N>> of_entries(device);
    const apd::ext::array<TestType, double, extents<>> of_all(device);
    device(of_samples["b"_i] = maximum(x["bi"_i]));
    device(of_entries["i"_i] = maximum(x["bi"_i] * 2));
    device(of_all[""_i] = maximum(x["bi"_i]));
    numbers rows(B, -9), columns(N, -9);
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t i = 0; i < N; ++i) {
            rows[b] = std::max(rows[b], x.values[b * N + i]);
            columns[i] = std::max(columns[i], 2 * x.values[b * N + i]);
        }
    CHECK(on_host(device, *of_samples) == rows);
    CHECK(on_host(device, *of_entries) == columns);
    CHECK(on_host(device, *of_all) == numbers{*std::ranges::max_element(rows)});
    // Of nothing that is reduced it is what it is of.
    const apd::ext::array<TestType, double, extents<dynamic, N>> same(device, B);
    device(same["bi"_i] = maximum(x["bi"_i]));
    CHECK(on_host(device, *same) == x.values);
}
TEMPLATE_TEST_CASE("a maximum over several letters, without a batch", "", APD_BACKENDS) {
    TestType device;
    const numbers_of<TestType, extents<3, 5, 4>> x(device, 2);
    const apd::ext::array<TestType, double, extents<5>> largest(device);
    device(largest["j"_i] = maximum(x["ijk"_i]));
    numbers expected(5, -9);
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 5; ++j)
            for (std::size_t k = 0; k < 4; ++k) expected[j] = std::max(expected[j], x.values[(i * 5 + j) * 4 + k]);
    CHECK(on_host(device, *largest) == expected);
}
TEMPLATE_TEST_CASE("letters are compared, whichever is innermost", "", APD_BACKENDS) {
    constexpr std::size_t B = 19, N = 4;
    TestType device;
    const numbers_of<TestType, extents<dynamic, N, N>> x(device, 3, B);
    const numbers_of<TestType, extents<N, N>> w(device, 4);
    const apd::ext::array<TestType, double, extents<dynamic, N, N>> lower(device, B);
    const apd::ext::array<TestType, double, extents<N, N>> upper(device), diagonal(device);
    const apd::ext::array<TestType, double, extents<dynamic, N>> sums(device, B), largest(device, B);
    device(lower["bst"_i] = where("s"_i <= "t"_i, x["bst"_i], -1.0));
    device(upper["st"_i] = where("t"_i < "s"_i, w["st"_i], w["ts"_i]));
    device(diagonal["st"_i] = where("s"_i == "t"_i, w["st"_i], 0));
    device(sums["bt"_i] = where("s"_i <= "t"_i, x["bst"_i], 0));
    device(largest["bt"_i] = maximum(where("s"_i <= "t"_i, x["bst"_i], -std::numeric_limits<double>::infinity())));
    numbers in_order = x.values, above = w.values, on_diagonal(N * N, 0.0), sum(B * N, 0.0), most(B * N, -9);
    for (std::size_t s = 0; s < N; ++s)
        for (std::size_t t = 0; t < N; ++t) {
            if (!(t < s)) above[s * N + t] = w.values[t * N + s];
            if (s == t) on_diagonal[s * N + t] = w.values[s * N + t];
            for (std::size_t b = 0; b < B; ++b) {
                const double value = x.values[(b * N + s) * N + t];
                if (s > t) in_order[(b * N + s) * N + t] = -1;
                else sum[b * N + t] += value, most[b * N + t] = std::max(most[b * N + t], value);
            }
        }
    CHECK(on_host(device, *lower) == in_order);
    CHECK(on_host(device, *upper) == above);
    CHECK(on_host(device, *diagonal) == on_diagonal);
    CHECK_THAT(on_host(device, *sums), Catch::Matchers::Approx(sum));
    CHECK(on_host(device, *largest) == most);
}
