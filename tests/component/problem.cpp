#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/component/problem.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/objective/step.hpp>

TEST_CASE("a problem holds the target, and room for a batch, the factors and their gradients") {
    using network = apd_test::small_network<apd::relu>;
    using problem_type = apd::ext::problem<apd_test::plain_backend, float, network, apd::shared_components<5, 2>>;
    STATIC_REQUIRE(problem_type::components == 5);
    STATIC_REQUIRE(problem_type::site<0>.rank == 2);
    using apd_test::on_host;
    apd_test::plain_backend device;
    const auto target = apd_test::random_parameters<network, float>(1);
    const problem_type problem(device, target, 20);
    CHECK(&problem.device == &device);
    CHECK(problem.rows.nominal == 20);
    CHECK(problem.rows.capacity == 20);
    CHECK(problem.rows.present == 20);
    const auto w = target.get<"W">(), b = target.get<"b">();
    CHECK(on_host(device, problem.target.at<0>()) == std::vector<float>(w.begin(), w.end()));
    CHECK(on_host(device, problem.target.at<2>()) == std::vector<float>(b.begin(), b.end()));
    CHECK(on_host(device, *problem.x) == std::vector<float>(20 * 4, 0));
    CHECK(on_host(device, *problem.ones) == std::vector<float>(20, 1));
    CHECK(on_host(device, problem.factors.left(problem.site<1>)) == std::vector<float>(5 * 3 * 2, 0));
    CHECK(on_host(device, problem.gradients.right(problem.site<0>)) == std::vector<float>(5 * 2 * 3, 0));
    CHECK(problem.gradients.left(problem.site<0>).data != problem.factors.left(problem.site<0>).data);
    CHECK(on_host(device, problem.weights(problem.site<0>)) == std::vector<float>(w.begin(), w.end()));
    std::vector<std::string> names;
    for (const auto& part : problem.parts) names.push_back(part.name);
    CHECK(names == std::vector<std::string>{"U.W", "V.W", "U.H", "V.H"});
}
TEST_CASE("a step begins with gradients of zero") {
    using network = apd_test::small_network<apd::relu>;
    using problem_type = apd::ext::problem<apd_test::plain_backend, float, network, apd::shared_components<2, 1>>;
    apd_test::plain_backend device;
    problem_type problem(device, apd_test::random_parameters<network, float>(1), 4);
    const auto own = problem.parts.add<apd::extents<3>>("own");
    const auto of_u = problem.gradients.left(problem.site<1>);
    device.upload(std::span<const float>(std::vector<float>(3, 7)), own.gradient);
    device.upload(std::span<const float>(std::vector<float>(6, 8)), of_u);
    problem.begin_step();
    CHECK(apd_test::on_host(device, own.gradient) == std::vector<float>(3, 0));
    CHECK(apd_test::on_host(device, of_u) == std::vector<float>(6, 0));
}
TEST_CASE("a part of a larger batch divides by all its rows, and has room for its own") {
    using network = apd::network<apd::linear<"W", 2, 2>>;
    using problem_type = apd::ext::problem<apd_test::plain_backend, double, network, apd::shared_components<1, 1>>;
    apd_test::plain_backend device;
    apd::parameters<network, double> target;
    target.get<"W">()[0] = 3;
    problem_type problem(device, target, apd::ext::batch_rows{.nominal = 8, .capacity = 2, .first = 4});
    CHECK(apd_test::on_host(device, *problem.x).size() == 4);
    device.upload(std::span<const double>(std::vector<double>{1, 0, 1, 1}), *problem.x);
    apd::ext::objective_step run(problem, 1.0 * apd::output_reconstruction());
    run.evaluate();
    CHECK(run.values()[0] == Approx((9 + 9) / (8.0 * 2)));  // components of zero miss 3 of the first output twice
}
