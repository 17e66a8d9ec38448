#include <tuple>

#include <catch2/catch.hpp>

#include <apd/apd.hpp>

TEST_CASE("an objective is a sum of losses with coefficients") {
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 0.2);
    const auto objective = apd::faithfulness() + 2 * apd::minimality(active) +
                           0.5F * (apd::simplicity(active, apd::schatten(1)) + 4.0 * apd::output_reconstruction());
    STATIC_REQUIRE(objective.size == 4);
    const auto& [faithfulness, minimality, simplicity, output] = objective.terms;
    CHECK(faithfulness.weight == 1);
    CHECK(minimality.weight == 2);
    CHECK(simplicity.weight == 0.5);
    CHECK(output.weight == 2);
    CHECK(minimality.term == apd::minimality(active));
}
TEST_CASE("an objective describes itself as it was written") {
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 0.2);
    CHECK((apd::faithfulness() + 0.7 * apd::simplicity(active, apd::schatten(0.9))).describe() ==
          "1 * faithfulness() + 0.7 * simplicity(batch_top_k(gradient_attribution(of_target), 0.2), schatten(0.9))");
}
