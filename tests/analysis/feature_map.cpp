#include <vector>

#include <catch2/catch.hpp>
#include <support/answers.hpp>

using apd_test::answers_of_two_components, apd_test::matrix;

TEST_CASE("the feature map gives every feature its component of largest attribution") {
    answers_of_two_components f;
    const auto a = apd::attribution_matrix(f.answers);
    CHECK(xt::allclose(a, matrix{{2.5, 0}, {0.625, 1.875}}));
    const auto map = apd::feature_components(a);
    CHECK(map.component_of == std::vector<std::size_t>{0, 1});
    CHECK(map.features_with_their_own() == 2);
    const auto shared = apd::feature_components(matrix{{3, 1, 0}, {2, 1, 0}, {0, 0, 1}, {5, 5, 5}});
    CHECK(shared.component_of == std::vector<std::size_t>{0, 0, 2, 0});
    CHECK(shared.components_with(0) == 1);
    CHECK(shared.components_with_several() == 1);
    CHECK(shared.features_with_their_own() == 1);
}
