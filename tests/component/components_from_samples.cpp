#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>
#include <support/torch_mlp.hpp>
#include <support/toy.hpp>

#include <apd/apd.hpp>

using apd_test::toy;
using Catch::Matchers::Contains;

namespace {

// Five directions in two dimensions, a regular pentagon, as toy models learn them.
auto pentagon() {
    apd::parameters<toy> target;
    for (std::size_t f = 0; f < 5; ++f) {
        target.get<"W">()[2 * f] = static_cast<float>(std::cos(1.2566370614 * static_cast<double>(f)));
        target.get<"W">()[2 * f + 1] = static_cast<float>(std::sin(1.2566370614 * static_cast<double>(f)));
        target.get<"b">()[f] = -0.3F;
    }
    return target;
}
const apd::sparse_features<5> data{.probability = 0.05, .low = 0, .high = 1, .seed = 2};

// P_c [5, 2] of a component.
template <class Net, std::size_t C, std::size_t rank, class T>
std::vector<double> component(const apd::factors<Net, apd::shared_components<C, rank>, T>& factors, std::size_t c) {
    std::vector<double> p(10, 0);
    for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t o = 0; o < 2; ++o)
            for (std::size_t r = 0; r < rank; ++r)
                p[i * 2 + o] += factors.left[0][(c * 5 + i) * rank + r] * factors.right[0][(c * rank + r) * 2 + o];
    return p;
}

}  // namespace

TEMPLATE_TEST_CASE_SIG("the toy model's features are found by their samples, and what is left over is zero", "",
                       ((std::size_t Rank), Rank), 1, 3) {
    const auto target = pentagon();
    apd_test::tested_backend device;
    // [example components_from_samples]
    const auto found = apd::components_from_samples<8, Rank>(device, target, data, {.samples = 2'000});
    // found.gains.chosen.size() components are needed; found.start are factors to begin with
    // [/example]
    REQUIRE(found.gains.chosen.size() == 5);
    for (std::size_t i = 1; i < 5; ++i) CHECK(found.gains.chosen[i] <= found.gains.chosen[i - 1] * 1.0001);
    std::vector<int> has(5, 0);
    for (std::size_t c = 0; c < 8; ++c) {
        const auto p = component(found.start, c);
        double square = 0;
        for (const double v : p) square += v * v;
        if (c >= 5) {
            CHECK(square == 0);
            continue;
        }
        // One row of W, and little else.
        for (std::size_t f = 0; f < 5; ++f) {
            const double along = p[2 * f] * target.get<"W">()[2 * f] + p[2 * f + 1] * target.get<"W">()[2 * f + 1];
            if (along > 0.9) ++has[f];
        }
        CHECK(square == Approx(1).margin(0.1));
    }
    CHECK(has == std::vector<int>(5, 1));
}
TEST_CASE("fewer components than mechanisms are those that do most") {
    const auto target = pentagon();
    apd_test::tested_backend device;
    const auto five = apd::components_from_samples<5, 1>(device, target, data, {.samples = 2'000});
    const auto two = apd::components_from_samples<2, 1>(device, target, data, {.samples = 2'000});
    REQUIRE(two.gains.chosen.size() == 2);
    CHECK(two.gains.chosen[0] == five.gains.chosen[0]);
    CHECK(two.gains.left_over == std::vector{five.gains.chosen[2]});
    CHECK(component(two.start, 1) == component(five.start, 1));
}
TEST_CASE("components that share a direction do not both have its weights") {
    // Two matrices without a nonlinear layer between them: one sample's direction is all there is.
    using line = apd::network<apd::linear<"A", 1, 2>, apd::linear<"B", 2, 1>>;
    apd::parameters<line> target;
    target.get<"A">()[0] = 2, target.get<"A">()[1] = 0;
    target.get<"B">()[0] = 3, target.get<"B">()[1] = 0;
    apd_test::tested_backend device;
    const apd::samples<1> one(std::vector<float>{1, 0.5, -1});
    const auto found = apd::components_from_samples<2>(device, target, one, {.samples = 3, .batch_number = 0});
    REQUIRE(found.gains.chosen.size() == 1);
    CHECK(found.start.left[0][0] * found.start.right[0][0] == Approx(2));
    CHECK(found.start.left[1][0] * found.start.right[1][0] == Approx(3));
}
TEST_CASE("samples from which nothing can start are an error") {
    const auto target = pentagon();
    apd_test::tested_backend device;
    CHECK_THROWS_WITH((apd::components_from_samples<5, 1>(device, target, data, {.samples = 0})),
                      Contains("no samples to choose from"));
    const apd::samples<5> nothing(std::vector<float>(5, 0.0F));
    CHECK_THROWS_WITH((apd::components_from_samples<5, 1>(device, target, nothing)),
                      Contains("change its output on no sample"));
}
TEST_CASE("what biases do on every sample is one mechanism, and not the end of all") {
    apd::cpu device({.threads = 1});
    for (const int seed : {0, 1}) {
        const auto target = apd_test::torch_mlp(seed);
        const auto found = apd::components_from_samples<16, 1>(device, target, apd_test::mlp_data, {.samples = 4'096});
        REQUIRE(found.gains.chosen.size() == 13);
        CHECK(found.gains.chosen[1] < 0.25 * found.gains.chosen[0]);
        REQUIRE(found.gains.left_over.size() == 4);
        std::set<std::size_t> own;
        for (std::size_t f = 0; f < 12; ++f) {
            const auto parts = apd_test::parts_of_feature(target, found.start, f);
            const auto largest = std::ranges::max_element(parts);
            CHECK(*largest > 0.4);
            CHECK(*largest > 4 * (std::accumulate(parts.begin(), parts.end(), 0.0) - *largest));
            own.insert(static_cast<std::size_t>(largest - parts.begin()));
        }
        CHECK(own.size() == 12);
    }
}
TEST_CASE("gains end at the first steep fall with little behind it") {
    using apd::ext::detail::end_of_mechanisms;
    const std::vector<double> gains{0.4, 0.03, 0.028, 0.02, 0.0005, 0.0004, 0.00001};
    CHECK(end_of_mechanisms(gains, 0.25, 0.05) == 4);
    CHECK(end_of_mechanisms(gains, 0.25, 1) == 1);
    CHECK(end_of_mechanisms(gains, 0.25, 0.001) == 6);
    CHECK(end_of_mechanisms(std::vector{0.3, 0.2, 0.1}, 0.25, 0.05) == 3);
    CHECK(end_of_mechanisms({}, 0.25, 0.05) == 0);
}
TEST_CASE("the units of inputs and weights don't matter, as far as the scalar reaches") {
    apd_test::tested_backend device;
    auto scaled = pentagon();
    for (auto& bias : scaled.get<"b">()) bias = 0;
    const auto rows = [](float scale) {
        std::vector<float> numbers(25, 0.0F);
        for (std::size_t f = 0; f < 5; ++f) numbers[6 * f] = scale;
        return apd::samples<5>(numbers);
    };
    const auto usual = apd::components_from_samples<8, 1>(device, scaled, rows(1), {.samples = 5});
    for (const float scale : {1e-12F, 1e12F}) {
        const auto found = apd::components_from_samples<8, 1>(device, scaled, rows(scale), {.samples = 5});
        REQUIRE(found.gains.chosen.size() == usual.gains.chosen.size());
        for (std::size_t i = 0; i < usual.gains.chosen.size(); ++i)
            CHECK(found.gains.chosen[i] == Approx(usual.gains.chosen[i]).epsilon(1e-3));
    }
    CHECK_THROWS_WITH((apd::components_from_samples<8, 1>(device, scaled, rows(3e38F), {.samples = 5})),
                      Contains("beyond the range of the scalar"));
}
TEST_CASE("a target that holds NaN starts no components") {
    apd_test::tested_backend device;
    auto target = pentagon();
    target.get<"W">()[3] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH((apd::components_from_samples<5, 1>(device, target, data)),
                      Contains("tensor 'W' holds NaN or infinity"));
}
