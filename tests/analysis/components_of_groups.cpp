#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

namespace {

using toy = apd::network<apd::linear<"A", 4, 3>, apd::relu, apd::linear<"B", 3, 4>>;
using shape = apd::subcomponents<5, 3>;
using run = apd::decomposition<toy, shape>;

run a_run() {
    run result;
    result.target = apd_test::random_parameters<toy, float>(1);
    result.learned = apd::factors<toy, shape, float>::random(7, 1);
    return result;
}
// Component g has to be the sum of all that bear its label.
template <std::size_t S>
void check_sums(const auto& grouped, const run& result, const std::vector<std::size_t>& labels, std::size_t first) {
    const auto sums = grouped.template component_at<S>();
    const auto parts = result.template component_at<S>();
    for (std::size_t g = 0; g < sums.shape(0); ++g)
        for (std::size_t i = 0; i < sums.shape(1); ++i)
            for (std::size_t o = 0; o < sums.shape(2); ++o) {
                float expected = 0;
                for (std::size_t c = 0; c < parts.shape(0); ++c)
                    if (labels[first + c] == g) expected += parts(c, i, o);
                CHECK(sums(g, i, o) == Approx(expected).margin(1e-6));
            }
}

}  // namespace

TEST_CASE("groups of subcomponents are components, of a rank that is asked for or of any") {
    const auto result = a_run();
    const std::vector<std::size_t> labels{0, 1, 0, apd::no_group, 1, 1, apd::no_group, 0};
    const auto two = apd::components_of_groups<3, 2>(result, labels);
    check_sums<0>(two, result, labels, 0);
    check_sums<1>(two, result, labels, 5);
    const std::vector<std::size_t> all_one(8, 1);
    const auto whole = apd::components_of_groups<2, apd::full_rank>(result, all_one);
    check_sums<0>(whole, result, all_one, 0);  // five in a matrix of rank three
    check_sums<1>(whole, result, all_one, 5);
}
TEST_CASE("analyses of components take grouped subcomponents") {
    const auto result = a_run();
    const auto grouped = apd::components_of_groups<3, 3>(result, {0, 1, 2, 0, 1, 0, 1, 2});
    apd::cpu device({.threads = 1});
    apd::evaluator answers(device, grouped, 8);
    const auto a = apd::attribution_matrix(answers);
    CHECK(a.shape(1) == 3);
    CHECK(apd::feature_components(a).component_of.size() == 4);
    CHECK(answers
              .active(answers.inputs(apd::sparse_features<4>{.probability = 0.5}, 8),
                      apd::per_sample_top_k(apd::gradient_attribution(), 1))
              .shape(1) == 3);
}
TEST_CASE("groups that can't be components are refused") {
    const auto result = a_run();
    CHECK_THROWS_WITH((apd::components_of_groups<2, 1>(result, {0, 1, 0})), Catch::Contains("3 labels for 8"));
    CHECK_THROWS_WITH((apd::components_of_groups<2, 1>(result, {0, 1, 2, 0, 1, 0, 1, 0})),
                      Catch::Contains("a group number 2 for 2 components"));
    CHECK_THROWS_WITH((apd::components_of_groups<2, 1>(result, {0, 0, 1, 1, 1, 0, 1, 1})),
                      Catch::Contains("group 0 has rank 2 at 'A', a component 1"));
}
