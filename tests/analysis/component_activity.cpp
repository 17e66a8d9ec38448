#include <vector>

#include <catch2/catch.hpp>
#include <support/answers.hpp>

using apd_test::answers_of_two_components, apd_test::matrix;

TEST_CASE("a component's activity is its share of samples, and the samples to which it does most") {
    answers_of_two_components f;
    const matrix x{{1, 0}, {0, 1}, {2, 0}, {0, 3}, {3, 0}};
    const auto found = apd::component_activity(f.answers, x, apd::per_sample_top_k(apd::gradient_attribution(), 1));
    CHECK(found.mask == "per_sample_top_k(gradient_attribution(of_target), 1)");
    CHECK(found.samples == 5);
    CHECK(found.active == std::vector<double>{0.6, 0.4});  // component 0 has the first input, component 1 the second
    using rows = std::vector<std::vector<double>>;
    CHECK(found.top[0] == rows{{3, 0}, {2, 0}, {1, 0}});
    CHECK(found.top[1] == rows{{0, 3}, {0, 1}});  // to the others it does nothing
}
TEST_CASE("no more top samples are listed than there are, or than are asked for") {
    answers_of_two_components f;
    const auto mask = apd::per_sample_top_k(apd::gradient_attribution(), 1);
    CHECK(apd::component_activity(f.answers, matrix{{1, 0}}, mask).top[0].size() == 1);
    CHECK(apd::component_activity(f.answers, matrix{{1, 0}, {2, 0}}, mask, 1).top[0].size() == 1);
}
