#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>
#include <support/two_components.hpp>

TEST_CASE("faithfulness is the mean square of what the components miss") {
    apd_test::two_components by_hand;
    CHECK(by_hand.values(1.0 * apd::faithfulness())[0] == Approx((0.25 + 0.25) / 2));
}
TEST_CASE("a site that is used twice counts once per use") {
    // One site [4, 3], used twice, and one [3, 3]: with all factors zero the loss is their mean square by use.
    using network = apd_test::small_network<apd::relu>;
    apd_test::small_problem<network, 2, 1, apd_test::tested_backend> small(1);
    small.problem.factors.upload(small.device, decltype(small)::host_factors{});
    double expected = 0;
    for (const double w : small.target.get<"W">()) expected += 2 * w * w / 33;
    for (const double w : small.target.get<"H">()) expected += w * w / 33;
    const auto objective = 1.0 * apd::faithfulness();
    apd::ext::objective_step<decltype(small)::problem_type, std::decay_t<decltype(objective)>> run(small.problem,
                                                                                                   objective);
    run.evaluate();
    CHECK(run.values()[0] == Approx(expected));
}
TEST_CASE("relative faithfulness is a mean over sites of what is missing, by what there is") {
    using network = apd_test::small_network<apd::relu>;
    apd_test::small_problem<network, 2, 1, apd_test::tested_backend> small(1);
    small.problem.factors.upload(small.device, decltype(small)::host_factors{});
    const auto objective = 1.0 * apd::relative_faithfulness();
    apd::ext::objective_step<decltype(small)::problem_type, std::decay_t<decltype(objective)>> run(small.problem,
                                                                                                   objective);
    run.evaluate();
    CHECK(run.values()[0] == Approx(1));  // all of both is missing
    apd_test::gradients_are_right<network, 2, 1, apd_test::tested_backend>(objective);
}
TEST_CASE("nothing is faithful by what is nothing") {
    using network = apd_test::small_network<apd::relu>;
    using tried_on = apd_test::tested_backend;
    tried_on device;
    apd::parameters<network, double> target = apd_test::random_parameters<network>(1);
    for (double& w : target.at<1>()) w = 0;
    using problem_type = apd::ext::problem<tried_on, double, network, apd::shared_components<2, 1>>;
    problem_type nothing(device, target, 4);
    const auto sum = 1.0 * apd::relative_faithfulness();
    CHECK_THROWS_WITH((apd::ext::objective_step<problem_type, std::decay_t<decltype(sum)>>(nothing, sum)),
                      Catch::Contains("the weights of 'H' are all zero"));
}
