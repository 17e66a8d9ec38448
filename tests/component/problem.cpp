#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/component/problem.hpp>

TEST_CASE("a problem holds the target, and room for a batch, the factors and their gradients") {
    using network = apd_test::small_network<apd::relu>;
    using problem_type = apd::problem<apd_test::plain_backend, float, network, 5, 2>;
    STATIC_REQUIRE(problem_type::components == 5);
    STATIC_REQUIRE(problem_type::shapes<0>::rank == 2);
    using apd_test::on_host;
    apd_test::plain_backend device;
    const auto target = apd_test::random_parameters<network, float>(1);
    const problem_type problem(device, target, 20);
    CHECK(&problem.device == &device);
    CHECK(problem.batch == 20);
    const auto w = target.get<"W">(), b = target.get<"b">();
    CHECK(on_host(device, problem.target.at<0>()) == std::vector<float>(w.begin(), w.end()));
    CHECK(on_host(device, problem.target.at<2>()) == std::vector<float>(b.begin(), b.end()));
    CHECK(on_host(device, *problem.x) == std::vector<float>(20 * 4, 0));
    CHECK(on_host(device, *problem.ones) == std::vector<float>(20, 1));
    CHECK(on_host(device, problem.factors.left<1>()) == std::vector<float>(5 * 3 * 2, 0));
    CHECK(on_host(device, problem.gradients.right<0>()) == std::vector<float>(5 * 2 * 3, 0));
    CHECK(problem.gradients.left<0>().data != problem.factors.left<0>().data);
}
