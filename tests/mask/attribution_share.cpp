#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/masked.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using network = apd_test::small_network<apd::relu>;
constexpr std::size_t C = 4, B = 12;
using namespace apd::ext::literals;
using apd_test::masked;
using small_problem = apd_test::small_problem<network, C, 2, apd_test::tested_backend>;

/// The mask [B, C], sample by sample.
std::vector<int> by_shares(const std::vector<double>& a, double share, std::size_t ranked = C) {
    std::vector<double> all(B, 0);
    double sum = 0, samples = 0;
    for (std::size_t b = 0; b < B; ++b) {
        for (std::size_t c = 0; c < C; ++c) all[b] += a[b * C + c];
        sum += all[b], samples += all[b] > 0;
    }
    std::vector<int> active(B * C, 0);
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t c = 0; c < C; ++c)
            active[b * C + c] = c >= ranked || a[b * C + c] >= share * std::max(all[b], sum / samples);
    return active;
}

}  // namespace

TEST_CASE("a component is active where it has its share of what all do to the sample, and to a usual sample") {
    small_problem small(B);
    std::fill_n(small.x.begin() + 4, 4, 0.0);  // a sample to which nothing is done
    small.device.upload(std::span<const double>(small.x), *small.problem.x);
    std::vector<std::size_t> sizes;
    for (const double share : {1e-6, 0.02, 0.2, 0.5}) {
        const auto [active, a] = masked(small, apd::attribution_share(apd::gradient_attribution(), share));
        CHECK(active == by_shares(a, share));
        CHECK(std::count(active.begin() + C, active.begin() + 2 * C, 1) == 0);
        sizes.push_back(static_cast<std::size_t>(std::count(active.begin(), active.end(), 1)));
    }
    CHECK(sizes[0] > sizes[1]);  // else the cases are one
    CHECK(sizes[1] > sizes[2]);
    CHECK(sizes[2] > sizes[3]);
    CHECK(sizes[3] > 0);
}
TEST_CASE("shares know no distillation component") {
    small_problem small(B);
    const auto [active, a] = masked(small, apd::attribution_share(apd::gradient_attribution(), 0.1, apd::distil));
    CHECK(active == by_shares(a, 0.1, C - 1));
}
TEST_CASE("a share rises by the same factor from step to step, and stays at the last") {
    small_problem small(B);
    const apd::rising_share share{0.02, 0.5, 10};
    for (const std::uint32_t step : {0U, 5U, 10U, 1'000U}) {
        small.device(small.problem.step[""_i] = step);
        const auto [active, a] = masked(small, apd::attribution_share(apd::gradient_attribution(), share));
        CHECK(active == by_shares(a, step == 0 ? 0.02 : step == 5 ? 0.1 : 0.5));
    }
}
TEST_CASE("bystanders are drawn by their chance, anew in every step, beside those that have their share") {
    constexpr std::size_t many = 2'000;
    apd_test::small_problem<network, C, 2, apd_test::tested_backend> small(many);
    const auto active = apd::attribution_share(apd::gradient_attribution(), 0.3);
    const auto alone = masked(small, active).first, with = masked(small, apd::with_bystanders(active, 0.25)).first;
    std::size_t others = 0, drawn = 0;
    for (std::size_t i = 0; i < alone.size(); ++i) {
        CHECK(with[i] >= alone[i]);
        others += alone[i] == 0, drawn += with[i] > alone[i];
    }
    // Within five standard deviations.
    const auto expected = 0.25 * static_cast<double>(others);
    REQUIRE(expected > 500);
    CHECK(static_cast<double>(drawn) == Approx(expected).margin(5 * std::sqrt(0.75 * expected)));
    CHECK(masked(small, apd::with_bystanders(active, 0.25)).first == with);
    CHECK(masked(small, apd::with_bystanders(active, 0)).first == alone);
    small.device(small.problem.step[""_i] = 1);
    CHECK_FALSE(masked(small, apd::with_bystanders(active, 0.25)).first == with);
    CHECK(masked(small, apd::with_bystanders(active, 1)).first == std::vector<int>(many * C, 1));
    for (const double wrong : {-0.1, 1.1})
        CHECK_THROWS_WITH(apd::with_bystanders(active, wrong),
                          Catch::Matchers::StartsWith("with_bystanders: the chance is "));
    CHECK(apd::describe(apd::with_bystanders(active, 0.25)) ==
          "with_bystanders(attribution_share(gradient_attribution(of_target), 0.3), 0.25)");
}
TEST_CASE("every run draws bystanders of its own, and every mask of a run") {
    using namespace apd_test;
    constexpr std::size_t many = 500;
    const auto all = [](std::uint64_t seed) {
        tested_backend device;
        apd::ext::problem<tested_backend, double, network, apd::shared_components<C, 2>> problem(
            device, random_parameters<network>(1), many, seed);
        device.upload(std::span<const double>(random_numbers(many * 4, 2)), *problem.x);
        problem.factors.upload(device, apd::factors<network, apd::shared_components<C, 2>, double>::random(3, 2));
        const auto one = apd::with_bystanders(apd::attribution_share(apd::gradient_attribution(), 0.9), 0.25);
        const auto other = apd::with_bystanders(apd::attribution_share(apd::gradient_attribution(), 0.91), 0.25);
        apd::ext::node_states<decltype(problem)> run(problem);
        run.add(one), run.add(other);
        run.evaluate();
        return std::pair(samples_of(device, run(one).pairs()), samples_of(device, run(other).pairs()));
    };
    const auto first = all(0), again = all(0), second = all(1);
    CHECK(first == again);
    CHECK(first.first != second.first);
    CHECK(first.second != second.second);
    // A fourth of all is drawn, so that of two draws a sixteenth has both.
    std::size_t both = 0;
    for (std::size_t c = 0; c < C; ++c)
        for (const auto b : first.first[c]) both += std::ranges::count(first.second[c], b) > 0 ? 1 : 0;
    CHECK(static_cast<double>(both) < 0.15 * static_cast<double>(many * C));
}
TEST_CASE("nothing is active in a batch of zeros") {
    small_problem small(B);
    std::fill(small.x.begin(), small.x.end(), 0.0);
    small.device.upload(std::span<const double>(small.x), *small.problem.x);
    const auto [active, a] = masked(small, apd::attribution_share(apd::gradient_attribution(), 0.1));
    CHECK(active == std::vector<int>(B * C, 0));
}
TEST_CASE("a share is a number above 0 and at most 1") {
    for (const double wrong : {0.0, -0.1, 1.5}) {
        CHECK_THROWS_WITH(apd::attribution_share(apd::gradient_attribution(), wrong),
                          Catch::Matchers::StartsWith("attribution_share: the share is "));
        CHECK_THROWS_WITH(apd::attribution_share(apd::gradient_attribution(), apd::rising_share{0.1, wrong, 10}),
                          Catch::Matchers::StartsWith("attribution_share: the share is "));
    }
    CHECK_THROWS_WITH(apd::attribution_share(apd::gradient_attribution(), apd::rising_share{0.2, 0.1, 10}),
                      Catch::Matchers::StartsWith("attribution_share: the share falls from 0.2 to 0.1"));
    CHECK(apd::describe(apd::attribution_share(apd::gradient_attribution(), 0.01)) ==
          "attribution_share(gradient_attribution(of_target), 0.01)");
    CHECK(apd::describe(apd::attribution_share(apd::gradient_attribution(), apd::rising_share{0.01, 0.5, 100})) ==
          "attribution_share(gradient_attribution(of_target), 0.01, 0.5, 100)");
}
