#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/component/sample_directions.hpp>
#include <apd/data/samples.hpp>

namespace {

// A tied matrix, a matrix at two positions, an elementwise layer: all that makes a direction a sum.
using network = apd::network<apd::linear<"W", 4, 3>, apd::gelu, apd::transposed<"W">, apd::linear<"A", 2, 3, 2>,
                             apd::gelu, apd::linear<"B", 6, 2>>;
constexpr std::size_t samples = 5;

std::vector<double> outputs(const apd::parameters<network, double>& weights, const std::vector<double>& x) {
    apd_test::tested_backend device;
    const apd::ext::device_parameters<apd_test::tested_backend, double, network> held(device, weights);
    apd::ext::array<apd_test::tested_backend, double, apd::extents<apd::dynamic, 4>> input(device, samples);
    device.upload(std::span<const double>(x), *input);
    apd::ext::activation_arrays<apd_test::tested_backend, double, network> activations(device, samples);
    activations.set<0>(*input);
    apd::ext::forward<network>(
        device, [&](auto layer) { return held.view_of(layer); }, activations);
    return apd_test::on_host(device, activations.at<network::depth>());
}
// All weights of the sites in one list.
double& weight(apd::parameters<network, double>& target, std::size_t i) {
    for (auto part : {target.get<"W">(), target.get<"A">(), target.get<"B">()}) {
        if (i < part.size()) return part[i];
        i -= part.size();
    }
    throw std::out_of_range("weight");
}
constexpr std::size_t weights = 12 + 6 + 12;

}  // namespace

TEST_CASE("directions are J'J times the weights, J by central differences") {
    auto target = apd_test::random_parameters<network, double>(4);
    auto x = apd_test::random_numbers(samples * 4, 5);
    std::fill_n(x.begin() + 8, 4, 0.0);  // a sample on which nothing is done
    apd_test::tested_backend device;
    const apd::samples<4, double> data(x);
    apd::ext::detail::sample_directions<apd_test::tested_backend, network, double> directions(device, target, data,
                                                                                              samples, 0);
    REQUIRE(directions.size() == samples - 1);

    std::vector<std::vector<double>> jacobian(weights);  // of every weight, [samples, 2]
    for (std::size_t i = 0; i < weights; ++i) {
        const double w = weight(target, i), h = 1e-5;
        weight(target, i) = w + h;
        auto above = outputs(target, x);
        weight(target, i) = w - h;
        const auto below = outputs(target, x);
        weight(target, i) = w;
        for (std::size_t j = 0; j < above.size(); ++j) above[j] = (above[j] - below[j]) / (2 * h);
        jacobian[i] = above;
    }
    const std::vector<std::size_t> live{0, 1, 3, 4};
    std::vector<std::vector<double>> expected;
    std::vector<double> strength;
    for (const std::size_t b : live) {
        std::vector<double> v(2, 0), g(weights, 0);
        for (std::size_t i = 0; i < weights; ++i)
            for (std::size_t o = 0; o < 2; ++o) v[o] += jacobian[i][b * 2 + o] * weight(target, i);
        for (std::size_t i = 0; i < weights; ++i)
            for (std::size_t o = 0; o < 2; ++o) g[i] += jacobian[i][b * 2 + o] * v[o];
        expected.push_back(g);
        strength.push_back(std::hypot(v[0], v[1]));
    }
    const auto product = [&](std::size_t b, std::size_t c) {
        double sum = 0;
        for (std::size_t i = 0; i < weights; ++i) sum += expected[b][i] * expected[c][i];
        return sum;
    };
    const auto cosine = [&](std::size_t b, std::size_t c) {
        return product(b, c) / std::sqrt(product(b, b) * product(c, c));
    };
    const std::vector<double> w{0.5, 1, 2, 3};
    const auto represented = directions.represented(w);
    REQUIRE(represented.size() == 4);
    for (std::size_t c = 0; c < 4; ++c) {
        CHECK(directions.strength()[c] == Approx(strength[c]).epsilon(1e-7));
        const auto column = directions.products(c);
        double sum = 0;
        for (std::size_t b = 0; b < 4; ++b) {
            CHECK(column[b] == Approx(cosine(b, c)).epsilon(1e-7));
            CHECK(directions.product(b, c) == column[b]);
            sum += w[b] * std::pow(std::max(0.0, cosine(b, c)), 8);
        }
        CHECK(represented[c] == Approx(sum).epsilon(1e-6));
    }
    // The parts at one site are its part of the direction, of length 1.
    const auto outer = directions.outer_products<1>(2);
    REQUIRE(outer.size() == 2);  // positions
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t o = 0; o < 3; ++o) {
            double sum = 0;
            for (const auto& [a, d] : outer) sum += a[i] * d[o];
            CHECK(sum == Approx(expected[2][12 + i * 3 + o] / std::sqrt(product(2, 2))).epsilon(1e-6));
        }
}
