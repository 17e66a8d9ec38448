// Networks whose positions read from each other: what a row depends on, and attributions against differences.

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using network = apd::network<apd::learned_positions<"p", 3, 4>,
                             apd::residual<apd::rms_norm<"n", 4>, apd::linear<"qkv", 4, 12>,
                                           apd::causal_attention<3, 2, 2>, apd::linear<"out", 4, 4>>,
                             apd::layer_norm<"s", "b", 4>, apd::gelu>;
constexpr std::size_t B = 6, C = 3, rank = 2, width = 4;
using tested = apd_test::tested_backend;

std::vector<double> outputs(tested& device, const apd::parameters<network, double>& of, const std::vector<double>& x) {
    const std::size_t rows = x.size() / width;
    const apd::ext::device_parameters<tested, double, network> weights(device, of);
    apd::ext::activation_arrays<tested, double, network> activations(device, rows);
    const apd::ext::array<tested, double, apd::extents<apd::dynamic, width>> input(device, rows);
    device.upload(std::span<const double>(x), *input);
    activations.set<0>(*input);
    apd::ext::forward<network>(
        device, [&](auto layer) { return weights.view_of(layer); }, activations);
    return apd_test::on_host(device, activations.at<network::depth>());
}

}  // namespace

static_assert(network::sequence_length == 3);

TEST_CASE("a row depends on the rows of its sequence up to itself, and on no other") {
    tested device;
    const auto target = apd_test::random_parameters<network>(1);
    const auto x = apd_test::random_numbers(B * width, 2);
    const auto y = outputs(device, target, x);
    for (std::size_t changed = 0; changed < B; ++changed) {
        auto other = x;
        other[changed * width] += 1;
        const auto found = outputs(device, target, other);
        for (std::size_t row = 0; row < B; ++row) {
            const bool reads = row / 3 == changed / 3 && changed <= row;
            bool changes = false;
            for (std::size_t i = 0; i < width; ++i)
                changes = changes || std::abs(found[row * width + i] - y[row * width + i]) > 1e-12;
            CHECK(changes == reads);
        }
    }
}

TEST_CASE("the attribution of a row is what its outputs change by along a component, at all positions together") {
    apd_test::small_problem<network, C, rank, tested> small{B};
    const auto found = apd_test::attributions_of(small, apd::gradient_attribution(apd::of_target, apd::forward_mode));
    const std::array<std::size_t, 2> in{4, 4}, out{12, 4};
    for (std::size_t c = 0; c < C; ++c) {
        const double h = 1e-6;
        const auto moved = [&](double by) {
            auto at = small.target;
            const std::array sites{at.get<"qkv">(), at.get<"out">()};
            for (std::size_t s = 0; s < 2; ++s)
                for (std::size_t i = 0; i < in[s]; ++i)
                    for (std::size_t o = 0; o < out[s]; ++o)
                        for (std::size_t r = 0; r < rank; ++r)
                            sites[s][i * out[s] + o] += by * small.factors.left[s][(c * in[s] + i) * rank + r] *
                                                        small.factors.right[s][(c * rank + r) * out[s] + o];
            return outputs(small.device, at, small.x);
        };
        const auto above = moved(h), below = moved(-h);
        for (std::size_t b = 0; b < B; ++b) {
            double mean = 0;
            for (std::size_t o = 0; o < width; ++o) {
                const double slope = (above[b * width + o] - below[b * width + o]) / (2 * h);
                mean += slope * slope / width;
            }
            CHECK(found[b * C + c] == Approx(mean).epsilon(1e-6));
        }
    }
}

TEST_CASE("a batch is a whole number of sequences") {
    tested device;
    const auto target = apd_test::random_parameters<network>(1);
    using problem = apd::ext::problem<tested, double, network, apd::shared_components<C, rank>>;
    CHECK_THROWS_WITH(problem(device, target, 4),
                      Catch::Matchers::Contains("4 rows are no whole number of sequences of 3 positions"));
    const apd::samples<width, double, 3> data(apd_test::random_numbers(B * width, 3));
    CHECK_THROWS_WITH(apd::train(device, target, data, {.steps = 1, .batch = 5}),
                      Catch::Matchers::Contains("5 rows are no whole number of sequences of 3 positions"));
    CHECK_THROWS_WITH((apd::samples<width, double, 3>(apd_test::random_numbers(4 * width, 3))),
                      Catch::Matchers::Contains("4 rows are not a whole number of sequences"));
}

TEST_CASE("slices of a batch have whole sequences: their gradients add up to those of all") {
    // Rows of the first sequence alone, and of both: the gradients of a sum over rows are the sum of those of slices.
    const auto gradients = [](std::size_t first, std::size_t count) {
        tested device;
        using problem_type = apd::ext::problem<tested, double, network, apd::shared_components<C, rank>>;
        const auto target = apd_test::random_parameters<network>(1);
        problem_type problem(device, target,
                             apd::ext::batch_rows{.nominal = B, .capacity = count, .first = first, .present = count});
        problem.factors.upload(device, apd::factors<network, apd::shared_components<C, rank>, double>::random(60, 2.0));
        const auto objective = 1.0 * apd::output_reconstruction();
        apd::ext::objective_step<problem_type, std::decay_t<decltype(objective)>> run(problem, objective);
        problem.fill(apd::samples<width, double, 3>(apd_test::random_numbers(B * width, 3)), std::uint32_t{0});
        run.evaluate();
        run.pullback();
        std::vector<double> all;
        for (const auto& part : problem.parts)
            for (const double g : apd_test::on_host(device, part.gradient)) all.push_back(g);
        return all;
    };
    const auto whole = gradients(0, B), one = gradients(0, 3), other = gradients(3, 3);
    for (std::size_t i = 0; i < whole.size(); ++i) CHECK(whole[i] == Approx(one[i] + other[i]).epsilon(1e-10));
}
