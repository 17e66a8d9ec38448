#include <cmath>
#include <vector>

#include <catch2/catch.hpp>
#include <laws/optimisers.hpp>
#include <support/tested_backend.hpp>

#include <apd/optimiser/adam.hpp>

using numbers = std::vector<double>;
template <class T>
using optimised = apd_test::optimised<T, apd_test::tested_backend, apd::adam>;

TEMPLATE_TEST_CASE("three steps of Adam are those of a plain loop over the formula", "", float, double) {
    // ε and the weight decay are large enough to see where they stand.
    const apd::adam optimiser{.beta1 = 0.8, .beta2 = 0.95, .epsilon = 0.1, .weight_decay = 0.3};
    const double rates[] = {0.1, 0.05, 0.2};
    const numbers gradients[] = {{1, -2, 0.5, 0, 0.01, -30}, {-1, -1, 0.25, 0, 0.02, 10}, {0.5, 3, 0.125, 1, 0.03, 20}};
    numbers x{1, 2, 3, -4, 5, 0}, m(6, 0.0), v(6, 0.0);
    optimised<TestType> found(optimiser, {{x.begin(), x.end()}});
    for (int t = 1; t <= 3; ++t) {
        const double rate = rates[t - 1];
        const numbers& g = gradients[t - 1];
        for (std::size_t i = 0; i < 6; ++i) {
            m[i] = 0.8 * m[i] + 0.2 * g[i];
            v[i] = 0.95 * v[i] + 0.05 * g[i] * g[i];
            const double m_hat = m[i] / (1 - std::pow(0.8, t)), v_hat = v[i] / (1 - std::pow(0.95, t));
            x[i] -= rate * 0.3 * x[i] + rate * m_hat / (std::sqrt(v_hat) + 0.1);
        }
        const double digits = sizeof(TestType) == 8 ? 1e-13 : 2e-6;
        const auto now = found.step(rate, {{g.begin(), g.end()}})[0];
        CHECK_THAT(numbers(now.begin(), now.end()), Catch::Matchers::Approx(x).epsilon(digits).margin(digits));
    }
}
TEST_CASE("the first step of Adam is as long as the rate, whatever the gradient") {
    optimised<double> found({.epsilon = 0}, {numbers(6, 0.0)});
    CHECK_THAT(found.step(0.01, {{1e-6, -1e-6, 1, -1, 1e6, -1e6}})[0],
               Catch::Matchers::Approx(numbers{-0.01, 0.01, -0.01, 0.01, -0.01, 0.01}));
}
TEST_CASE("without a gradient nothing moves, but for weight decay") {
    const numbers start{1, -1, 2, -2, 4, 0}, zeros(6, 0.0);
    CHECK(optimised<double>({}, {start}).step(0.5, {zeros})[0] == start);
    CHECK_THAT(optimised<double>({.weight_decay = 0.1}, {start}).step(0.5, {zeros})[0],
               Catch::Matchers::Approx(numbers{0.95, -0.95, 1.9, -1.9, 3.8, 0}));
}
TEST_CASE("Adam says what it is") {
    CHECK(apd::adam{.beta2 = 0.99}.describe() == "adam(0.9, 0.99, 1e-08, 0)");
    CHECK(apd::adam{} == apd::adam{});
    CHECK_FALSE(apd::adam{} == apd::adam{.epsilon = 1e-6});
}
