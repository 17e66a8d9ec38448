#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

using matrix = xt::xtensor<double, 2>;

constexpr auto ci = apd::private_importances<4>();
template <class Net>
auto learned(apd::cpu& device) {
    return apd::decompose<apd::subcomponents<3, 2>>(
        device, apd_test::random_parameters<Net, float>(1), apd::sparse_features<4>{.probability = 0.5},
        apd::importance_minimality(ci, 1) + apd::reconstruction(apd::stochastic(ci)), {.steps = 20, .batch = 32});
}

TEST_CASE("errors of patterns are those of the published code") {
    const auto file = apd::load(APD_REFERENCE_DIR "/metrics_ci_error.safetensors");
    const auto number = [&](const std::string& name) { return static_cast<std::size_t>(file.get<double>(name)(0)); };
    for (const std::string of : {"0.", "1.", "2.", "3.", "4."}) {
        INFO("matrix " << of);
        const matrix g = file.get<double>(of + "ci");
        for (const double tolerance : {0.1, 0.2}) {
            const std::string at = tolerance < 0.15 ? ".0.1" : ".0.2";
            CHECK(apd::identity_error(g, tolerance) == number(of + "identity_error" + at));
            CHECK(apd::dense_error(g, 2, tolerance) == number(of + "dense_error_k2" + at));
            CHECK(apd::dense_error(g, 3, tolerance) == number(of + "dense_error_k3" + at));
        }
        const auto theirs = file.get<std::int64_t>(of + "hungarian");
        const auto ours = apd::identity_order(g);
        double sum = 0, expected = 0;
        for (std::size_t r = 0; r < g.shape(0); ++r)
            sum += g(r, ours[r]), expected += g(r, static_cast<std::size_t>(theirs(r)));
        CHECK(sum == Approx(expected).epsilon(1e-12));
    }
}
TEST_CASE("the best assignment is the best of all, with fewer rows than columns or more") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto numbers = apd_test::random_numbers(15, seed);
        matrix g = matrix::from_shape({3, 5}), turned = matrix::from_shape({5, 3});
        for (std::size_t r = 0; r < 3; ++r)
            for (std::size_t c = 0; c < 5; ++c) g(r, c) = turned(c, r) = numbers[r * 5 + c];
        double best = -1e9;
        for (std::size_t a = 0; a < 5; ++a)
            for (std::size_t b = 0; b < 5; ++b)
                for (std::size_t c = 0; c < 5; ++c)
                    if (a != b && b != c && a != c) best = std::max(best, g(0, a) + g(1, b) + g(2, c));
        const auto order = apd::identity_order(g);
        CHECK(g(0, order[0]) + g(1, order[1]) + g(2, order[2]) == Approx(best).epsilon(1e-12));
        CHECK(order.size() == 5);
        CHECK(apd::identity_order(turned).size() == 3);
    }
}
TEST_CASE("importances of one-hot inputs are those of the network that was learned") {
    using toy = apd::network<apd::linear<"A", 4, 3>, apd::linear<"B", 3, 4>>;
    apd::cpu device({.threads = 1});
    const auto result = learned<toy>(device);
    apd::evaluator answers(device, result, 16);
    const auto g = apd::importance_matrix(answers, ci);
    CHECK(g.shape(0) == 4);
    CHECK(g.shape(1) == 5);
    for (const float entry : g) CHECK((entry >= 0 && entry <= 1));
    const auto of_b = apd::of_site(answers, g, 1);
    CHECK(of_b.shape(1) == 2);
    CHECK(of_b(2, 1) == g(2, 4));
    CHECK_THROWS_WITH(apd::of_site(answers, g, 2), Catch::Contains("there is no site number 2; the network has 2"));
}
TEST_CASE("a one-hot input of a network of sequences stands at the first position of one of its own") {
    using net = apd::network<apd::linear<"A", 4, 3>, apd::learned_positions<"p", 2, 3>, apd::linear<"B", 3, 4>>;
    apd::cpu device({.threads = 1});
    const auto result = learned<net>(device);
    apd::evaluator answers(device, result, 16);
    const auto g = apd::importance_matrix(answers, ci);
    REQUIRE(g.shape(0) == 4);
    for (std::size_t f = 0; f < 4; ++f) {
        xt::xtensor<float, 2> x = xt::zeros<float>({2, 4});
        x(0, f) = 0.75F;
        const auto alone = answers.importances(x, ci);
        for (std::size_t c = 0; c < 5; ++c) CHECK(g(f, c) == Approx(alone(0, c)).epsilon(1e-5));
    }
}
TEST_CASE("mean importances are those of columns") {
    CHECK(apd::mean_importances({{0, 1, 0.5}, {0, 0.5, 0.25}}) == std::vector<double>{0, 0.75, 0.375});
}
TEST_CASE("densities are shares of samples above a threshold") {
    const matrix g{{0, 1, 0.05}, {0, 0.5, 0.25}};
    CHECK(apd::importance_densities(g) == std::vector<double>{0, 1, 0.5});
    CHECK(apd::importance_densities(g, 0.6) == std::vector<double>{0, 0.5, 0});
    CHECK(apd::importance_l0(g) == 1.5);
    CHECK(apd::importance_l0(g, 0.6) == 0.5);
}
TEST_CASE("importances that are not finite are refused, not counted") {
    const double bad = std::numeric_limits<double>::quiet_NaN();
    const matrix g{{bad, bad}, {0, 1}};
    CHECK_THROWS_WITH(apd::identity_error(g), Catch::Contains("an importance is NaN or infinite"));
    CHECK_THROWS_AS(apd::dense_error(g, 1), apd::error);
    CHECK_THROWS_AS(apd::importance_l0(g), apd::error);
    CHECK_THROWS_AS(apd::mean_importances(g), apd::error);
}
