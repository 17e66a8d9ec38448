#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/array.hpp>
#include <apd/backend/cpu.hpp>
#include <apd/optimiser/adam.hpp>

using namespace apd::literals;

namespace {

using numbers = std::vector<double>;

/// The same learning rate at every step.
struct constant_rate {
    double rate;
    APD_HOST_DEVICE double operator()(std::uint32_t) const { return rate; }
};

/// x, m and v [2, 3] under an optimiser.
template <class T>
class optimised {
  public:
    explicit optimised(const numbers& start) { put(x_, start); }

    /// The entries after one more update.
    numbers step(const apd::adam& optimiser, double rate, const numbers& gradient) {
        put(g_, gradient);
        rates_.set(device_, optimiser, *step_, constant_rate{rate});
        optimiser(device_, rates_, *x_, *g_, *m_, *v_);
        device_(step_[""_i] += 1);
        std::vector<T> values(gradient.size());
        device_.download(*x_, std::span(values));
        return {values.begin(), values.end()};
    }

  private:
    using array = apd::array<apd_test::tested_backend, T, apd::extents<2, 3>>;
    void put(const array& target, const numbers& values) {
        const std::vector<T> converted(values.begin(), values.end());
        device_.upload(std::span<const T>(converted), *target);
    }
    apd_test::tested_backend device_;
    array x_{device_}, g_{device_}, m_{device_}, v_{device_};
    apd::array<apd_test::tested_backend, std::uint32_t, apd::extents<>> step_{device_};
    apd::adam_rates<apd_test::tested_backend, T> rates_{device_};
};

}  // namespace

TEMPLATE_TEST_CASE("three steps are those of a plain loop over the formula", "", float, double) {
    // ε and the weight decay are large enough to see where they stand.
    const apd::adam optimiser{.beta1 = 0.8, .beta2 = 0.95, .epsilon = 0.1, .weight_decay = 0.3};
    const double rates[] = {0.1, 0.05, 0.2};
    const numbers gradients[] = {{1, -2, 0.5, 0, 0.01, -30}, {-1, -1, 0.25, 0, 0.02, 10}, {0.5, 3, 0.125, 1, 0.03, 20}};
    numbers x{1, 2, 3, -4, 5, 0}, m(6, 0.0), v(6, 0.0);
    optimised<TestType> found(x);
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
        CHECK_THAT(found.step(optimiser, rate, g), Catch::Matchers::Approx(x).epsilon(digits).margin(digits));
    }
}
TEST_CASE("the first step is as long as the rate, whatever the gradient") {
    optimised<double> found({0, 0, 0, 0, 0, 0});
    CHECK_THAT(found.step({.epsilon = 0}, 0.01, {1e-6, -1e-6, 1, -1, 1e6, -1e6}),
               Catch::Matchers::Approx(numbers{-0.01, 0.01, -0.01, 0.01, -0.01, 0.01}));
}
TEST_CASE("without a gradient nothing moves, but for weight decay") {
    const numbers start{1, -1, 2, -2, 4, 0}, zeros(6, 0.0);
    optimised<double> found(start);
    CHECK(found.step({}, 0.5, zeros) == start);
    CHECK_THAT(found.step({.weight_decay = 0.1}, 0.5, zeros),
               Catch::Matchers::Approx(numbers{0.95, -0.95, 1.9, -1.9, 3.8, 0}));
}
