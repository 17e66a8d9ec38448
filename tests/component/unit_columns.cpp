#include <cmath>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/component/unit_columns.hpp>

namespace {
using numbers = std::vector<double>;
}

TEST_CASE("every column of U gets length 1, V is left") {
    using small_problem = apd_test::small_problem<apd_test::small_network<apd::relu>, 3, 2, apd_test::tested_backend>;
    small_problem small(1);
    apd::ext::unit_columns<small_problem::problem_type> columns(small.problem);
    columns.normalise(small.problem);
    auto after = small.factors;
    small.problem.factors.download(small.device, after);
    CHECK(after.right == small.factors.right);
    const std::size_t in[] = {4, 3};
    for (std::size_t s = 0; s < 2; ++s)
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t r = 0; r < 2; ++r) {
                const auto place = [&](std::size_t i) { return (c * in[s] + i) * 2 + r; };
                double square = 0;
                for (std::size_t i = 0; i < in[s]; ++i) square += std::pow(small.factors.left[s][place(i)], 2);
                for (std::size_t i = 0; i < in[s]; ++i)
                    CHECK(after.left[s][place(i)] == Approx(small.factors.left[s][place(i)] / std::sqrt(square)));
            }
}
TEST_CASE("what a gradient has along its column is removed") {
    // Two components of rank 2 at one site: the columns (3, 4), (0, 2) and (1, 0), (-5, 12).
    using network = apd::network<apd::linear<"W", 2, 2>>;
    apd_test::tested_backend device;
    apd::ext::problem<apd_test::tested_backend, double, network, apd::shared_components<2, 2>> problem(
        device, apd::parameters<network, double>(), 1);
    device.upload(std::span<const double>(numbers{3, 0, 4, 2, 1, -5, 0, 12}), problem.factors.left(problem.site<0>));
    device.upload(std::span<const double>(numbers{1, 1, 0, 7, 5, 10, 6, 5}), problem.gradients.left(problem.site<0>));
    device.upload(std::span<const double>(numbers(8, 9)), problem.gradients.right(problem.site<0>));
    apd::ext::unit_columns columns(problem);
    columns.normalise(problem);
    columns.project_gradient(problem);
    using Catch::Matchers::Approx;
    CHECK_THAT(apd_test::on_host(device, problem.factors.left(problem.site<0>)),
               Approx(numbers{0.6, 0, 0.8, 1, 1, -5.0 / 13, 0, 12.0 / 13}));
    // (1, 0) − 0.6 (0.6, 0.8); (1, 7) − 7 (0, 1); (5, 6) − 5 (1, 0); (10, 5) − 10/13 (−5, 12)/13
    const auto g = apd_test::on_host(device, problem.gradients.left(problem.site<0>));
    CHECK_THAT(g, Approx(numbers{0.64, 1, -0.48, 0, 0, 10 + 50.0 / 169, 6, 5 - 120.0 / 169}).margin(1e-14));
    CHECK(apd_test::on_host(device, problem.gradients.right(problem.site<0>)) == numbers(8, 9));
}
TEST_CASE("a column of zeros stays one") {
    using network = apd::network<apd::linear<"W", 2, 2>>;
    apd_test::tested_backend device;
    apd::ext::problem<apd_test::tested_backend, double, network, apd::shared_components<1, 2>> problem(
        device, apd::parameters<network, double>(), 1);
    device.upload(std::span<const double>(numbers{3, 0, 4, 0}), problem.factors.left(problem.site<0>));
    apd::ext::unit_columns columns(problem);
    columns.normalise(problem);
    CHECK_THAT(apd_test::on_host(device, problem.factors.left(problem.site<0>)),
               Catch::Matchers::Approx(numbers{0.6, 0, 0.8, 0}));
}
