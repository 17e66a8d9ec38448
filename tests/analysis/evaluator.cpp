#include <vector>

#include <catch2/catch.hpp>
#include <support/answers.hpp>

namespace {
using apd_test::answers_of_two_components, apd_test::matrix;
const matrix x{{1, 0}, {0, 1}, {-1, 0}, {0, 2}, {1, 1}};
}  // namespace

TEST_CASE("outputs are those of the target, of active components, or of shares of them") {
    answers_of_two_components f;
    CHECK((f.answers.target_outputs(x) == matrix{{2}, {3}, {0}, {6}, {5}}));
    const auto one = apd::per_sample_top_k(apd::gradient_attribution(), 1);
    CHECK((f.answers.outputs(x, one) == matrix{{2.5}, {1.875}, {0}, {3.75}, {3.125}}));
    const matrix m{{1, 1}, {0, 1}, {1, 1}, {0.5, 0}, {0, 0}};
    CHECK((f.answers.outputs(x, m) == matrix{{2.5}, {1.875}, {0}, {0.625}, {0}}));
}
TEST_CASE("attributions and masks are those of the nodes that are asked") {
    answers_of_two_components f;
    // The derivative of the target's output along each component, squared; none where relu is off.
    const matrix expected{{6.25, 0}, {0.390625, 3.515625}, {0, 0}, {1.5625, 14.0625}, {9.765625, 3.515625}};
    CHECK(xt::allclose(f.answers.attributions(x, apd::gradient_attribution()), expected));
    const auto one = apd::per_sample_top_k(apd::gradient_attribution(), 1);
    CHECK((f.answers.active(x, one) == matrix{{1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}}));
    CHECK((f.answers.active(x, apd::given_mask{}) == matrix(xt::ones<double>({5, 2}))));
}
TEST_CASE("inputs are the batches of a data source, one after the other") {
    answers_of_two_components f;
    const apd::samples<2, double> data({1, 2, 3, 4, 5, 6});
    CHECK((f.answers.inputs(data, 5) == matrix{{1, 2}, {3, 4}, {5, 6}, {1, 2}, {3, 4}}));
}
TEST_CASE("questions of the wrong shape are errors") {
    answers_of_two_components f;
    CHECK_THROWS_WITH(f.answers.target_outputs(matrix{{1, 2, 3}}),
                      Catch::Contains("give at least one row of 2 numbers"));
    CHECK_THROWS_WITH(f.answers.target_outputs(matrix::from_shape({0, 2})), Catch::Contains("at least one row"));
    CHECK_THROWS_WITH(f.answers.outputs(x, matrix{{1, 1}}),
                      Catch::Contains("one number for each sample and component"));
    CHECK_THROWS_WITH((apd::evaluator(f.device, f.result, 0)), Catch::Contains("a batch of 0 samples"));
}
TEST_CASE("squared errors are means over the outputs") {
    CHECK((apd::squared_errors(matrix{{1, 2}, {0, 0}}, matrix{{1, 4}, {1, 3}}) == xt::xtensor<double, 1>{2, 5}));
}
