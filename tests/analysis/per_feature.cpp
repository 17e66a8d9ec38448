#include <vector>

#include <catch2/catch.hpp>
#include <support/answers.hpp>

using apd_test::answers_of_two_components;

TEST_CASE("per feature, the loss and the number of active components are means over its samples") {
    answers_of_two_components f;
    const auto one = apd::per_sample_top_k(apd::gradient_attribution(), 1);
    const auto found = apd::per_feature(f.answers, one, {.samples = 3, .low = 2, .high = 2});
    CHECK(found.loss == std::vector<double>{1, 5.0625});  // (5 - 4)^2, (3.75 - 6)^2
    CHECK(found.active_components == std::vector<double>{1, 1});
}
