// Networks in which several layers read the same.

#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

// At once, with a branch of several layers and one that is frozen; and in a block, behind a frozen one, into attention.
using at_once =
    apd::network<apd::beside<apd::frozen<apd::linear<"f", 4, 2>>,
                             apd::chain<apd::linear<"k", 4, 3>, apd::bias<"b", 3>, apd::gelu>, apd::linear<"q", 4, 2>>,
                 apd::gelu, apd::linear<"out", 7, 4>>;
using in_a_block = apd::network<apd::linear<"E", 4, 4>, apd::gelu,
                                apd::residual<apd::beside<apd::linear<"q", 4, 4>, apd::linear<"k", 4, 2>,
                                                          apd::chain<apd::linear<"v", 4, 2>, apd::bias<"b", 2>>>,
                                              apd::causal_attention<3, 2, 2, 1>, apd::linear<"o", 4, 4>>>;

template <class Net>
std::vector<double> attributions(auto mode) {
    apd_test::small_problem<Net, 3, 2, apd_test::tested_backend> small(6);
    return apd_test::attributions_of(small, apd::gradient_attribution(apd::of_decomposed, mode));
}

}  // namespace

static_assert(!apd::ext::links<at_once>::are_complete);

TEMPLATE_TEST_CASE("losses and attributions are differentiated through branches", "", at_once, in_a_block) {
    const auto mask = apd::batch_top_k(apd::gradient_attribution(), 1.3);
    apd_test::gradients_are_right<TestType, 3, 2, apd_test::tested_backend>(
        apd::faithfulness() + apd::minimality(mask) + apd::hidden_reconstruction(mask) +
        apd::sparsity(apd::lp(apd::gradient_attribution(), 1.2)));
    apd_test::training_gradients_are_right<TestType>();
}
TEST_CASE("branches do not change with the way attributions are computed") {
    const auto forward = attributions<at_once>(apd::forward_mode), back = attributions<at_once>(apd::reverse_mode);
    for (std::size_t i = 0; i < forward.size(); ++i) CHECK(forward[i] == Approx(back[i]).epsilon(1e-11).margin(1e-14));
}
