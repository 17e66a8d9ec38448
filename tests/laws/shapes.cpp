// A decomposition of any shape is one of shared components that are zero at the sites which do not have them: masks,
// passes, attributions and losses agree, and gradients are right.

#include <algorithm>
#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <own_parts.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using apd_test::on_host;
using apd_test::tested_backend;
using network = apd_test::small_network<apd::gelu>;  // sites W, used twice, and H
using by_site = apd::subcomponents<4, 2>;            // of W and of H
using by_group = own::two_groups<1, 2, 4>;

template <class Shape>
constexpr std::size_t components_of = Shape::components(2);
template <class Shape>
using shared = apd::shared_components<components_of<Shape>, 1>;

// The same factors, with zeros for the components that a site does not have.
template <class Net, class Shape, class T>
auto embedded(const apd::factors<Net, Shape, T>& of_shape) {
    apd::factors<Net, shared<Shape>, T> all;
    apd::ext::for_each_site<Net, Shape>([&]<class Site>(Site site) {
        const auto put = [&](const std::vector<T>& from, std::vector<T>& to) {
            const std::size_t numbers = from.size() / Site::count;
            std::ranges::copy(from, to.begin() + static_cast<std::ptrdiff_t>(site.first * numbers));
        };
        put(of_shape.left[site.number], all.left[site.number]);
        put(of_shape.right[site.number], all.right[site.number]);
    });
    return all;
}

// Two problems that are the same decomposition.
template <class Net, class Shape>
struct pair_of_problems {
    apd_test::small_problem_of<Net, Shape, tested_backend> small{9};
    apd::ext::problem<tested_backend, double, Net, shared<Shape>> other{small.device, small.target, 9};

    pair_of_problems() {
        small.device.upload(std::span<const double>(small.x), *other.x);
        other.factors.upload(small.device, embedded(small.factors));
    }
};
void are_equal(const std::vector<double>& a, const std::vector<double>& b) {
    CHECK_THAT(a, Catch::Matchers::Approx(b).epsilon(1e-9).margin(1e-12));
}

template <class Net, class Shape, class Attribution>
void attributions_agree(const Attribution& attribution) {
    pair_of_problems<Net, Shape> both;
    apd::ext::node_states of_shape(both.small.problem);
    apd::ext::node_states of_shared(both.other);
    of_shape.add(attribution), of_shared.add(attribution);
    of_shape.evaluate(), of_shared.evaluate();
    are_equal(on_host(both.small.device, of_shape(attribution).value()),
              on_host(both.small.device, of_shared(attribution).value()));
}
template <class Shape, class Mask>
void losses_and_passes_agree(const Mask& mask) {
    pair_of_problems<network, Shape> both;
    const auto objective = apd::faithfulness() + apd::minimality(mask) + apd::hidden_reconstruction(mask) +
                           apd::output_reconstruction() + apd::simplicity(mask, apd::schatten(2));
    apd::ext::objective_step of_shape(both.small.problem, objective);
    apd::ext::objective_step of_shared(both.other, objective);
    of_shape.evaluate(), of_shared.evaluate();
    const auto values = of_shape.values(), expected = of_shared.values();
    are_equal({values.begin(), values.end()}, {expected.begin(), expected.end()});
    of_shape.pullback(), of_shared.pullback();
    auto gradients = both.small.factors;
    both.small.problem.gradients.download(both.small.device, gradients);
    apd::factors<network, shared<Shape>, double> of_all;
    both.other.gradients.download(both.small.device, of_all);
    apd::ext::for_each_site<network, Shape>([&]<class Site>(Site site) {
        const auto part = [&](const std::vector<double>& all, std::size_t size) {
            const auto begin = all.begin() + static_cast<std::ptrdiff_t>(site.first * size / Site::count);
            return std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(size));
        };
        const auto &left = gradients.left[site.number], &right = gradients.right[site.number];
        are_equal(left, part(of_all.left[site.number], left.size()));
        are_equal(right, part(of_all.right[site.number], right.size()));
    });
}

}  // namespace

TEMPLATE_TEST_CASE("attributions of any shape are those of shared components with zeros", "", by_site, by_group) {
    attributions_agree<network, TestType>(apd::gradient_attribution());
    attributions_agree<network, TestType>(apd::gradient_attribution(apd::of_decomposed, apd::reverse_mode));
    attributions_agree<network, TestType>(apd::integrated_gradient_attribution(3));
    attributions_agree<network, TestType>(apd::ablation_attribution());
    attributions_agree<network, TestType>(apd::activation_attribution());
}
TEMPLATE_TEST_CASE("losses and gradients of any shape are those of shared components with zeros", "", by_site,
                   by_group) {
    losses_and_passes_agree<TestType>(apd::batch_top_k(apd::gradient_attribution(), 2.5));
    losses_and_passes_agree<TestType>(apd::lp(apd::gradient_attribution(), 1.1));
}
TEMPLATE_TEST_CASE("losses of any shape have the gradient of their value", "", by_site, by_group) {
    const auto binary = apd::per_sample_top_k(apd::gradient_attribution(), 2);
    const auto real = apd::lp(apd::gradient_attribution(), 1.1);
    apd_test::gradients_of_shape_are_right<network, TestType, tested_backend>(
        apd::faithfulness() + apd::minimality(binary) + apd::hidden_reconstruction(binary) +
        apd::simplicity(binary, apd::schatten(0.9)));
    apd_test::gradients_of_shape_are_right<network, TestType, tested_backend>(
        apd::minimality(real) + apd::simplicity(real, apd::schatten(1)) + apd::sparsity(real));
}
TEST_CASE("what a mask learns has the gradient of the losses that read it") {
    apd_test::gradients_of_shape_are_right<network, by_site, tested_backend>(apd::minimality(own::learned_mask{}) +
                                                                             apd::sparsity(own::learned_mask{}));
}
