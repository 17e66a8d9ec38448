// Attributions against definitions that share no code with them: differences of outputs, and plain loops.

#include <cmath>
#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using network = apd_test::small_network<apd::gelu>;
constexpr std::size_t C = 4, rank = 2, B = 7;
using matrices = std::array<std::vector<double>, 2>;  // W [4, 3], H [3, 3]

double gelu(double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }

/// P_c of both sites from the factors, by the definition.
matrices component(const apd::factors<network, apd::shared_components<C, rank>, double>& f, std::size_t c) {
    const std::size_t in[] = {4, 3}, out[] = {3, 3};
    matrices p;
    for (std::size_t s = 0; s < 2; ++s) {
        p[s].assign(in[s] * out[s], 0);
        for (std::size_t i = 0; i < in[s]; ++i)
            for (std::size_t o = 0; o < out[s]; ++o)
                for (std::size_t r = 0; r < rank; ++r)
                    p[s][i * out[s] + o] +=
                        f.left[s][(c * in[s] + i) * rank + r] * f.right[s][(c * rank + r) * out[s] + o];
    }
    return p;
}
/// a + share·b
matrices shifted(matrices a, const matrices& b, double share) {
    for (std::size_t s = 0; s < 2; ++s)
        for (std::size_t i = 0; i < a[s].size(); ++i) a[s][i] += share * b[s][i];
    return a;
}
/// The inputs of all uses of sites, then the output, of one sample.
std::vector<std::vector<double>> activations(const matrices& w, const std::vector<double>& bias,
                                             std::vector<double> x) {
    std::vector<std::vector<double>> all{x};
    const auto multiply = [&](const std::vector<double>& m, std::size_t in, std::size_t out, bool transpose) {
        std::vector<double> z(out, 0.0);
        for (std::size_t i = 0; i < in; ++i)
            for (std::size_t o = 0; o < out; ++o) z[o] += all.back()[i] * (transpose ? m[o * in + i] : m[i * out + o]);
        all.push_back(z);
    };
    multiply(w[0], 4, 3, false);
    multiply(w[1], 3, 3, false);
    multiply(w[0], 3, 4, true);
    for (std::size_t o = 0; o < 4; ++o) all.back()[o] = gelu(all.back()[o] + bias[o]);
    return all;
}

template <class Device>
struct fixture {
    apd_test::small_problem<network, C, rank, Device> small{B};
    matrices target{std::vector<double>(small.target.template at<0>().begin(), small.target.template at<0>().end()),
                    std::vector<double>(small.target.template at<1>().begin(), small.target.template at<1>().end())};
    std::vector<double> bias{small.target.template at<2>().begin(), small.target.template at<2>().end()};

    std::vector<double> sample(std::size_t b) const {
        const double* const first = small.x.data() + 4 * b;
        return {first, first + 4};
    }

    template <class Attribution>
    std::vector<double> found(Attribution attribution) {
        const auto objective = 1.0 * apd::minimality(apd::batch_top_k(attribution, 1));
        apd::ext::objective_step<typename decltype(small)::problem_type, std::decay_t<decltype(objective)>> run(
            small.problem, objective);
        run.evaluate();
        return apd_test::on_host(small.device, run(attribution).value());
    }
};

/// (1/d_y) Σ_o (d/dε y_o(θ + ε P_c))² by central differences around θ = `around`.
template <class Device>
void is_a_derivative(fixture<Device>& f, const matrices& around, const std::vector<double>& found) {
    const double h = 1e-5;
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t c = 0; c < C; ++c) {
            const auto p = component(f.small.factors, c);
            const auto above = activations(shifted(around, p, h), f.bias, f.sample(b)).back();
            const auto below = activations(shifted(around, p, -h), f.bias, f.sample(b)).back();
            double expected = 0;
            for (std::size_t o = 0; o < 4; ++o) expected += std::pow((above[o] - below[o]) / (2 * h), 2) / 4;
            CHECK(found[b * C + c] == Approx(expected).epsilon(1e-6));
        }
}

}  // namespace

TEST_CASE("gradient attribution is the squared directional derivative, in either mode") {
    fixture<apd_test::tested_backend> f;
    const auto forward = f.found(apd::gradient_attribution(apd::of_target, apd::forward_mode));
    const auto reverse = f.found(apd::gradient_attribution(apd::of_target, apd::reverse_mode));
    is_a_derivative(f, f.target, forward);
    for (std::size_t i = 0; i < forward.size(); ++i) CHECK(forward[i] == Approx(reverse[i]).epsilon(1e-12));
}
TEST_CASE("of the decomposed network the derivative is taken at the sum of the components") {
    fixture<apd_test::tested_backend> f;
    matrices sum = component(f.small.factors, 0);
    for (std::size_t c = 1; c < C; ++c) sum = shifted(sum, component(f.small.factors, c), 1);
    is_a_derivative(f, sum, f.found(apd::gradient_attribution(apd::of_decomposed, apd::forward_mode)));
    is_a_derivative(f, sum, f.found(apd::gradient_attribution(apd::of_decomposed, apd::reverse_mode)));
}
TEST_CASE("activation attribution is the sum of squares of what a component gives at every use") {
    fixture<apd_test::tested_backend> f;
    const auto found = f.found(apd::activation_attribution());
    matrices sum = component(f.small.factors, 0);
    for (std::size_t c = 1; c < C; ++c) sum = shifted(sum, component(f.small.factors, c), 1);
    for (std::size_t b = 0; b < B; ++b) {
        const auto inputs = activations(sum, f.bias, f.sample(b));
        for (std::size_t c = 0; c < C; ++c) {
            const auto p = component(f.small.factors, c);
            double expected = 0;
            const auto add = [&](std::size_t use, const std::vector<double>& m, std::size_t in, std::size_t out,
                                 bool transpose) {
                for (std::size_t o = 0; o < out; ++o) {
                    double z = 0;
                    for (std::size_t i = 0; i < in; ++i)
                        z += inputs[use][i] * (transpose ? m[o * in + i] : m[i * out + o]);
                    expected += z * z;
                }
            };
            add(0, p[0], 4, 3, false);
            add(1, p[1], 3, 3, false);
            add(2, p[0], 3, 4, true);
            CHECK(found[b * C + c] == Approx(expected).epsilon(1e-12));
        }
    }
}
TEST_CASE("ablation attribution is the mean square change of the output without a component") {
    fixture<apd_test::tested_backend> f;
    matrices sum = component(f.small.factors, 0);
    for (std::size_t c = 1; c < C; ++c) sum = shifted(sum, component(f.small.factors, c), 1);
    const auto found = f.found(apd::ablation_attribution());
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t c = 0; c < C; ++c) {
            const auto y = activations(sum, f.bias, f.sample(b)).back();
            const auto without =
                activations(shifted(sum, component(f.small.factors, c), -1), f.bias, f.sample(b)).back();
            double expected = 0;
            for (std::size_t o = 0; o < 4; ++o) expected += std::pow(y[o] - without[o], 2) / 4;
            CHECK(found[b * C + c] == Approx(expected).epsilon(1e-12));
        }
}
TEST_CASE("integrated gradients are differences of outputs averaged along the path from zero") {
    fixture<apd_test::tested_backend> f;
    constexpr std::size_t steps = 3;
    const auto found = f.found(apd::integrated_gradient_attribution(steps));
    const double h = 1e-5;
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t c = 0; c < C; ++c) {
            const auto p = component(f.small.factors, c);
            std::vector<double> effect(4, 0.0);
            for (std::size_t s = 0; s < steps; ++s) {
                const matrices zero{std::vector<double>(12, 0.0), std::vector<double>(9, 0.0)};
                const auto at = shifted(zero, f.target, (static_cast<double>(s) + 0.5) / steps);
                const auto above = activations(shifted(at, p, h), f.bias, f.sample(b)).back();
                const auto below = activations(shifted(at, p, -h), f.bias, f.sample(b)).back();
                for (std::size_t o = 0; o < 4; ++o) effect[o] += (above[o] - below[o]) / (2 * h * steps);
            }
            double expected = 0;
            for (const double e : effect) expected += e * e / 4;
            CHECK(found[b * C + c] == Approx(expected).epsilon(1e-6));
        }
}
TEST_CASE("integrated gradients of the target itself add up to what it does to the output") {
    // One component of rank 1 that is the target: along the path the output goes from that at zero to the target's.
    using one_site = apd::network<apd::linear<"W", 3, 2>, apd::bias<"b", 2>, apd::gelu>;
    apd_test::small_problem<one_site, 1, 1, apd_test::tested_backend> small(4);
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t o = 0; o < 2; ++o)
            small.target.get<"W">()[i * 2 + o] = small.factors.left[0][i] * small.factors.right[0][o];
    apd::ext::problem<apd_test::tested_backend, double, one_site, apd::shared_components<1, 1>> problem(
        small.device, small.target, 4);
    problem.factors.upload(small.device, small.factors);
    small.device.upload(std::span<const double>(small.x), *problem.x);
    const auto attribution = apd::integrated_gradient_attribution(200);
    const auto objective = 1.0 * apd::minimality(apd::batch_top_k(attribution, 1));
    apd::ext::objective_step<decltype(problem), std::decay_t<decltype(objective)>> run(problem, objective);
    run.evaluate();
    const auto found = apd_test::on_host(small.device, run(attribution).value());
    for (std::size_t b = 0; b < 4; ++b) {
        double expected = 0;
        for (std::size_t o = 0; o < 2; ++o) {
            double z = 0;
            for (std::size_t i = 0; i < 3; ++i) z += small.x[b * 3 + i] * small.target.get<"W">()[i * 2 + o];
            const double bias = small.target.get<"b">()[o];
            expected += std::pow(gelu(z + bias) - gelu(bias), 2) / 2;
        }
        CHECK(found[b] == Approx(expected).epsilon(1e-4));
    }
}
