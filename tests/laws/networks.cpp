// The laws of losses and attributions on networks of every kind of layer: what holds for a layer alone holds in a
// stack.

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

template <apd::static_string In, apd::static_string Out, class Activation>
using block =
    apd::residual<apd::linear<apd::static_string(In), 6, 3>, Activation, apd::linear<apd::static_string(Out), 3, 6>>;
using embedding = apd::frozen<apd::linear<"E", 4, 6>>;
using residual_mlp =
    apd::network<embedding, block<"A", "B", apd::gelu>, block<"C", "D", apd::gelu>, apd::transposed<"E">>;
// A block in a block, a bias before a site, a frozen block, a tied site inside.
using nested = apd::network<
    embedding,
    apd::residual<apd::linear<"A", 6, 3>, apd::bias<"a", 3>, apd::residual<apd::gelu, apd::linear<"B", 3, 3>>,
                  apd::transposed<"A">, apd::bias<"c", 6>>,
    apd::frozen<block<"C", "D", apd::gelu>>, apd::linear<"U", 6, 4>, apd::softmax>;
using convolution = apd::network<apd::convolution<"kernels", 5, 1, 2, 3>, apd::gelu, apd::linear<"V", 6, 5>>;
using affine = apd::network<apd::affine<"A", 3, 4>, apd::gelu, apd::affine<"B", 2, 2, 2>, apd::linear<"C", 4, 3>>;
/// Elementwise, but linear.
struct shift_function {
    template <class T>
    APD_HOST_DEVICE T operator()(T x) const {
        return x + T(3);
    }
    template <class T>
    APD_HOST_DEVICE static T derivative(T) {
        return T(1);
    }
};
struct shift : apd::elementwise<shift_function> {
    static constexpr bool is_translation = true;
};
// Last layers that are elementwise: behind a linear one, behind another, behind a skip, and one that is linear.
using one_last = apd::network<apd::linear<"A", 4, 3>, apd::gelu, apd::transposed<"A">, apd::gelu>;
using two_last = apd::network<apd::linear<"A", 4, 3>, apd::transposed<"A">, apd::gelu, apd::gelu>;
using skip_last = apd::network<embedding, block<"A", "B", apd::gelu>, apd::gelu>;
using linear_last = apd::network<apd::linear<"A", 4, 3>, apd::gelu, apd::linear<"B", 3, 4>, shift>;
using attention =
    apd::network<apd::residual<apd::linear<"qkv", 4, 12>, apd::causal_attention<3, 2, 2>, apd::linear<"out", 4, 4>>,
                 apd::linear<"V", 4, 4>>;

template <class Net, class Mode>
std::vector<double> attributions(Mode mode) {
    apd_test::small_problem<Net, 4, 2, apd_test::tested_backend> small(9);
    return apd_test::attributions_of(small, apd::gradient_attribution(apd::of_decomposed, mode));
}
void are_the_same(const std::vector<double>& a, const std::vector<double>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-11).margin(1e-14));
}

}  // namespace

TEMPLATE_TEST_CASE("every loss has the gradient of its value", "", residual_mlp, nested, convolution, affine,
                   attention) {
    const auto mask = apd::batch_top_k(apd::gradient_attribution(), 1.3);
    apd_test::gradients_are_right<TestType, 3, 2, apd_test::tested_backend>(
        apd::faithfulness() + apd::minimality(mask) + apd::hidden_reconstruction(mask) + apd::output_reconstruction());
}
TEMPLATE_TEST_CASE("attributions are differentiated through every layer", "", residual_mlp, nested, convolution, affine,
                   attention) {
    apd_test::gradients_are_right<TestType, 2, 1, apd_test::tested_backend>(
        1.0 * apd::sparsity(apd::lp(apd::gradient_attribution(), 1.2)));
}
TEMPLATE_TEST_CASE("attributions are the same in every mode", "", residual_mlp, nested, convolution, affine, attention,
                   one_last, two_last, skip_last, linear_last) {
    const auto forward = attributions<TestType>(apd::forward_mode);
    if constexpr (TestType::sequence_length == 1) are_the_same(forward, attributions<TestType>(apd::reverse_mode));
    if constexpr (apd::ext::links<TestType>::are_complete)
        are_the_same(forward, attributions<TestType>(apd::forward_over_links));
}
TEMPLATE_TEST_CASE("ablation over links is ablation by passes through every layer", "", residual_mlp,
                   apd_test::small_network<apd::relu>) {
    using problem = apd::ext::problem<apd_test::tested_backend, double, TestType, apd::shared_components<4, 2>>;
    STATIC_REQUIRE(apd::ext::links<TestType>::are_complete);
    apd_test::small_problem<TestType, 4, 2, apd_test::tested_backend> small(9);
    const auto attribution = apd::ablation_attribution();
    const auto objective = 1.0 * apd::minimality(apd::batch_top_k(attribution, 1));
    apd::ext::objective_step<problem, std::decay_t<decltype(objective)>> run(small.problem, objective);
    run.evaluate();
    const auto found = apd_test::on_host(small.device, run(attribution).value());

    using by_layers = apd::ext::detail::ablation_by_layers<problem>;
    const by_layers passes(small.problem);
    typename by_layers::workspace workspace(small.problem);
    for (std::size_t c = 0; c < 4; ++c) {
        problem::for_each_site([&](auto site) {
            using namespace apd::ext::literals;
            auto& all = run(apd::ext::components{});
            small.device(workspace.without(site)["io"_i] =
                             all.weight_sum(site)["io"_i] - all.component_matrices(site)(c)["io"_i]);
        });
        const auto y =
            apd_test::on_host(small.device, run(apd::ext::unmasked_pass{}).template activation<TestType::depth>());
        const auto without = apd_test::on_host(small.device, passes.without_one(run, workspace, 0, 9));
        for (std::size_t b = 0; b < 9; ++b) {
            double expected = 0;
            for (std::size_t o = 0; o < 4; ++o) expected += std::pow(y[b * 4 + o] - without[b * 4 + o], 2) / 4;
            CHECK(found[b * 4 + c] == Approx(expected).epsilon(1e-11));
        }
    }
}
TEST_CASE("a component without effect has an ablation attribution of exactly zero") {
    apd_test::small_problem<residual_mlp, 3, 2, apd_test::tested_backend> small(70);
    for (auto& factor : small.factors.left)
        std::fill(factor.begin() + static_cast<std::ptrdiff_t>(factor.size() / 3 * 2), factor.end(), 0.0);
    small.problem.factors.upload(small.device, small.factors);
    const auto attribution = apd::ablation_attribution();
    apd::ext::objective_step run(small.problem, 1.0 * apd::minimality(apd::batch_top_k(attribution, 1)));
    run.evaluate();
    const auto found = apd_test::on_host(small.device, run(attribution).value());
    for (std::size_t b = 0; b < 70; ++b) {
        CHECK(found[b * 3] > 0);
        CHECK(found[b * 3 + 2] == 0);
    }
}
TEST_CASE("the gradients of training are right in every network") {
    apd_test::training_gradients_are_right<residual_mlp>();
    apd_test::training_gradients_are_right<nested>();
    apd_test::training_gradients_are_right<convolution>();
    apd_test::training_gradients_are_right<affine>();
    // A transposed use before the layer that declares the matrix.
    apd_test::training_gradients_are_right<apd::network<apd::transposed<"W">, apd::gelu, apd::linear<"W", 3, 2>>>();
    apd_test::training_gradients_are_right<attention>();
}
