#include <vector>

#include <catch2/catch.hpp>
#include <support/answers.hpp>

using apd_test::answers_of_two_components, apd_test::matrix;

TEST_CASE("ablation curves begin with everything and scale a half of what is inactive") {
    answers_of_two_components f;
    const auto one = apd::per_sample_top_k(apd::gradient_attribution(), 1);
    const matrix inputs{{0, 1}};
    const auto found = apd::ablation_curve(f.answers, inputs, one, {.points = 3, .curves = 6});
    CHECK(found.scale == std::vector<double>{1, 0.5, 0});
    std::size_t flat = 0;
    for (const auto& curve : found.loss) {
        CHECK(curve[0] == 0.25);
        // Component 1 is inactive, and scaled (0.625 m + 1.875 - 3) or not.
        const bool is_scaled = curve[2] == 1.265625;
        if (is_scaled) CHECK(curve[1] == 0.66015625);
        else CHECK(curve[2] == 0.25);
        flat += !is_scaled;
    }
    CHECK(flat > 0);
    CHECK(flat < 6);
    CHECK_THROWS_AS(apd::ablation_curve(f.answers, inputs, one, {.points = 1}), apd::error);
}
