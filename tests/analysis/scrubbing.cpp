#include <vector>

#include <catch2/catch.hpp>
#include <support/answers.hpp>

using apd_test::answers_of_two_components, apd_test::matrix;

TEST_CASE("scrubbing takes away what the map does not give to a sample's features, or what it does") {
    answers_of_two_components f;
    const auto map = apd::feature_components(apd::attribution_matrix(f.answers));
    matrix inputs = xt::zeros<double>({64, 2});
    for (std::size_t n = 0; n < 64; ++n) inputs(n, n % 2) = 1;
    const auto all = apd::per_sample_top_k(apd::gradient_attribution(), 2);
    const auto found = apd::scrubbing(f.answers, inputs, map, all);
    std::size_t lost_samples = 0;
    for (std::size_t n = 0; n < 64; ++n) {
        const bool first = n % 2 == 0;
        CHECK(found.active[n] == 0.25);  // (2.5 - 2)^2, (2.5 - 3)^2
        CHECK(found.zero[n] == (first ? 4 : 9));
        // Component 2 adds nothing to feature 1; component 1 adds 0.625 to feature 2.
        const double kept = 0.25, lost = first ? 0.25 : 1.265625;
        CHECK((found.scrubbed[n] == kept || found.scrubbed[n] == lost));
        lost_samples += found.scrubbed[n] == 1.265625;
        const double with = first ? 4 : 5.640625, without = first ? 4 : 9;
        CHECK((found.anti_scrubbed[n] == with || found.anti_scrubbed[n] == without));
    }
    CHECK(lost_samples > 8);  // a half of 32
    CHECK(lost_samples < 24);
}
TEST_CASE("samples without a feature tell nothing, and are left out") {
    answers_of_two_components f;
    const auto map = apd::feature_components(apd::attribution_matrix(f.answers));
    const auto all = apd::per_sample_top_k(apd::gradient_attribution(), 2);
    const auto found = apd::scrubbing(f.answers, matrix{{0, 0}, {0, 1}, {0, 0}}, map, all);
    CHECK(found.zero == std::vector<double>{9});
    CHECK(found.random.size() == 1);
}
