#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

constexpr std::size_t B = 70, C = 3;  // more samples than one tile
using tested = apd_test::tested_backend;
// Of one output, whose square needs no mean over signs: a use of W and its transpose, a block, positions.
using tied =
    apd::network<apd::linear<"W", 4, 2>, apd::transposed<"W">, apd::bias<"b", 4>, apd::gelu,
                 apd::residual<apd::linear<"in", 4, 3>, apd::gelu, apd::linear<"out", 3, 4>>, apd::linear<"V", 4, 1>>;
using convolution = apd::network<apd::convolution<"kernels", 5, 2, 3, 2>, apd::gelu, apd::linear<"V", 12, 1>>;
using wide = apd::network<apd::linear<"A", 4, 6>, apd::gelu, apd::linear<"B", 6, 5>>;

template <std::size_t Probes, class Net, class Of>
void equals_the_exact_one(Of of) {
    apd_test::small_problem<Net, C, 2, tested> small{B};
    const auto exact = apd_test::attributions_of(small, apd::gradient_attribution(of));
    const auto found = apd_test::attributions_of(small, apd::estimated_gradient_attribution<Probes>(of));
    REQUIRE(found.size() == exact.size());
    for (std::size_t i = 0; i < exact.size(); ++i) CHECK(found[i] == Approx(exact[i]).margin(1e-12));
}

}  // namespace

TEMPLATE_TEST_CASE("the estimate of attributions to one output is exact", "", tied, convolution) {
    equals_the_exact_one<1, TestType>(apd::of_target);
    equals_the_exact_one<3, TestType>(apd::of_decomposed);
}
TEST_CASE("estimates of attributions are exact in the mean, and the same in the same step") {
    apd_test::small_problem<wide, C, 2, tested> small{B};
    const auto exact = apd_test::attributions_of(small, apd::gradient_attribution());
    const auto few = apd_test::attributions_of(small, apd::estimated_gradient_attribution<2>());
    const auto many = apd_test::attributions_of(small, apd::estimated_gradient_attribution<1000>());
    double error_of_few = 0, error_of_many = 0, all = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        all += exact[i];
        error_of_few += std::abs(few[i] - exact[i]);
        error_of_many += std::abs(many[i] - exact[i]);
        CHECK(many[i] >= 0);
    }
    CHECK(error_of_many < 0.05 * all);  // about 1/√1000
    CHECK(error_of_few > 0.1 * all);
    CHECK(error_of_few < all);
    CHECK(apd_test::attributions_of(small, apd::estimated_gradient_attribution<2>()) == few);
}
TEST_CASE("a method by estimated attributions says so") {
    CHECK(apd::estimated_gradient_attribution<8>().describe() == "estimated_gradient_attribution(8, of_target)");
}
