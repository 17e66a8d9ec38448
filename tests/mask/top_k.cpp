#include <algorithm>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>
#include <support/masked.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using network = apd_test::small_network<apd::gelu>;
constexpr std::size_t C = 4, B = 9;
using apd_test::masked;
using small_problem = apd_test::small_problem<network, C, 2, apd_test::tested_backend>;

/// The n largest of the entries at `places` are active, by sorting them.
std::vector<int> largest(const std::vector<double>& a, std::vector<std::size_t> places, std::size_t n) {
    std::stable_sort(places.begin(), places.end(), [&](auto i, auto j) { return a[i] > a[j]; });
    std::vector<int> active(a.size(), 0);
    for (std::size_t i = 0; i < n; ++i) active[places[i]] = 1;
    return active;
}

std::vector<std::size_t> all_places() {
    std::vector<std::size_t> places(B * C);
    std::iota(places.begin(), places.end(), 0);
    return places;
}

}  // namespace

TEST_CASE("batch top-k activates the largest pairs of the batch, k of them for each sample on average") {
    small_problem small(B);
    for (const double k : {0.0, 0.5, 1.3, 4.0}) {
        const auto [active, a] = masked(small, apd::batch_top_k(apd::gradient_attribution(), k));
        CHECK(active == largest(a, all_places(), static_cast<std::size_t>(k * B)));
    }
}
TEST_CASE("per-sample top-k activates the k largest of every sample") {
    small_problem small(B);
    const auto [active, a] = masked(small, apd::per_sample_top_k(apd::gradient_attribution(), 2));
    for (std::size_t b = 0; b < B; ++b) {
        const auto expected = largest(a, {b * C, b * C + 1, b * C + 2, b * C + 3}, 2);
        for (std::size_t c = 0; c < C; ++c) CHECK(active[b * C + c] == expected[b * C + c]);
    }
}
TEST_CASE("exact top-k activates as many pairs as inputs are not zero") {
    small_problem small(B);
    for (std::size_t i = 0; i < small.x.size(); ++i)
        if (i % 3 != 0) small.x[i] = 0;  // 12 of 36 are left
    small.device.upload(std::span<const double>(small.x), *small.problem.x);
    const auto [active, a] = masked(small, apd::exact_top_k(apd::gradient_attribution()));
    CHECK(std::accumulate(active.begin(), active.end(), 0) == 12);
    CHECK(active == largest(a, all_places(), 12));
}
TEST_CASE("with distil the last component is not ranked, and is always active") {
    small_problem small(B);
    const auto [active, a] = masked(small, apd::batch_top_k(apd::gradient_attribution(), 1, apd::distil));
    std::vector<std::size_t> ranked;
    for (std::size_t i = 0; i < B * C; ++i)
        if (i % C != C - 1) ranked.push_back(i);
    auto expected = largest(a, ranked, B);
    for (std::size_t b = 0; b < B; ++b) expected[b * C + C - 1] = 1;
    CHECK(active == expected);
}
TEST_CASE("a k that is no number of ranked components is an error when the run starts") {
    small_problem small(B);
    const auto attribution = apd::gradient_attribution();
    using Catch::Matchers::Message;
    CHECK_THROWS_MATCHES(masked(small, apd::batch_top_k(attribution, 4.5)), apd::error,
                         Message("batch_top_k: k is 4.5, but 4 components are ranked; choose k between 0 and the "
                                 "number of components"));
    CHECK_THROWS_AS(masked(small, apd::batch_top_k(attribution, -0.1)), apd::error);
    CHECK_THROWS_AS(masked(small, apd::batch_top_k(attribution, std::nan(""))), apd::error);
    CHECK_THROWS_AS(masked(small, apd::batch_top_k(attribution, 3.5, apd::distil)), apd::error);
    CHECK_THROWS_AS(masked(small, apd::per_sample_top_k(attribution, 5)), apd::error);
}
TEST_CASE("a mask describes itself as it was written") {
    const auto attribution = apd::gradient_attribution(apd::of_decomposed);
    CHECK(apd::batch_top_k(attribution, 0.5).describe() == "batch_top_k(gradient_attribution(of_decomposed), 0.5)");
    CHECK(apd::exact_top_k(attribution, apd::distil).describe() ==
          "exact_top_k(gradient_attribution(of_decomposed), distil)");
}
TEST_CASE("what has no attribution is not active, however large k is") {
    small_problem small(B);
    std::fill(small.x.begin() + 4, small.x.end(), 0.0);  // one sample alone is there
    small.device.upload(std::span<const double>(small.x), *small.problem.x);
    const auto [active, a] = masked(small, apd::batch_top_k(apd::gradient_attribution(), 2));
    const auto positive = std::ranges::count_if(a, [](double value) { return value > 0; });
    REQUIRE(positive > 0);
    REQUIRE(positive < 2 * static_cast<std::ptrdiff_t>(B));
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(active[i] == (a[i] > 0 ? 1 : 0));
}
