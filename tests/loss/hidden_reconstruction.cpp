// One component that is the target, and masks that scale it at every site. Gradients are tested in laws/losses.cpp.

#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>
#include <support/two_components.hpp>

#include <apd/apd.hpp>

namespace {

using numbers = std::vector<double>;
const apd::given_mask mask;

/// The loss of a network of width 1 with the sites A = 2 and B = 3, and b = −1.5, on the inputs 1 and −1, where the
/// mask is ½.
template <class Net, class Activation>
double value() {
    using problem_type = apd::ext::problem<apd_test::tested_backend, double, Net, apd::shared_components<1, 1>>;
    apd_test::tested_backend device;
    apd::parameters<Net, double> target;
    apd::factors<Net, apd::shared_components<1, 1>, double> factors;
    target.template get<"A">()[0] = 2;
    target.template get<"B">()[0] = 3;
    if constexpr (Net::parametrised.size() == 3) target.template get<"b">()[0] = -1.5;
    factors.left[Net::template site_named<"A">] = {2};
    factors.left[Net::template site_named<"B">] = {3};
    factors.right = {{{1}, {1}}};
    problem_type problem(device, target, 2);
    problem.factors.upload(device, factors);
    device.upload(std::span<const double>(numbers{1, -1}), *problem.x);
    const auto objective = 1.0 * apd::hidden_reconstruction<Activation>(mask);
    apd::ext::objective_step<problem_type, std::decay_t<decltype(objective)>> run(problem, objective);
    device.upload(std::span<const double>(numbers{0.5, 0.5}), run(mask).value());
    run.evaluate();
    return run.values()[0];
}

template <apd::static_string Name>
using site = apd::linear<apd::static_string(Name), 1, 1>;
using bias = apd::bias<"b", 1>;
using apd::relu, apd::identity;

}  // namespace

TEST_CASE("hidden reconstruction compares what the sites give, before the activation") {
    // Pre-activations: target 2, 3, −2; masked 2.5, 1.875, 0.
    const auto largest = apd::batch_top_k(apd::gradient_attribution(), 2.0 / 3 + 1e-9);  // two pairs of six
    apd_test::two_components by_hand;
    CHECK(by_hand.values(1.0 * apd::hidden_reconstruction(largest))[0] == Approx((0.25 + 1.125 * 1.125 + 4) / 3));
}
TEST_CASE("with an activation it compares what that makes of them") {
    const auto largest = apd::batch_top_k(apd::gradient_attribution(), 2.0 / 3 + 1e-9);
    apd_test::two_components by_hand;
    CHECK(by_hand.values(1.0 * apd::hidden_reconstruction<relu>(largest))[0] == Approx((0.25 + 1.125 * 1.125) / 3));
}
TEST_CASE("the identity compares every use of a site, an activation those that feed it") {
    // A gives 2, −2 and, masked, 1, −1. With relu behind it B gives 6, 0 and, masked, ½·3.
    using net = apd::network<site<"A">, relu, site<"B">>;
    CHECK(value<net, identity>() == Approx((1 + 1 + 4.5 * 4.5) / 2 / 2));  // mean over two uses and two samples
    CHECK(value<net, relu>() == Approx(1.0 / 2));                          // relu: 2, 0 and 1, 0
}
TEST_CASE("a bias between a site and its activation is passed over, and left out of what is compared") {
    // Behind relu(z − 1.5): ½, 0 and, masked, 0, 0. So B gives 1.5, 0 and, masked, 0, 0.
    using net = apd::network<site<"A">, bias, relu, site<"B">>;
    CHECK(value<net, identity>() == Approx((1 + 1 + 1.5 * 1.5) / 2 / 2));
    CHECK(value<net, relu>() == Approx(1.0 / 2));
    using last = apd::network<site<"A">, relu, site<"B">, bias>;  // the bias leads to no activation
    CHECK(value<last, relu>() == Approx(1.0 / 2));
}
TEST_CASE("an activation that comes after a block is fed by no site in it") {
    // A gives 2, −2 and, masked, 1, −1; B is given x + A x = 3, −3 and, masked, 2, −2: 9, −9 and 3, −3.
    using net = apd::network<apd::residual<site<"A">>, site<"B">, relu>;
    using block_last = apd::network<site<"B">, relu, apd::residual<site<"A">>, relu>;
    CHECK(value<net, identity>() == Approx((1 + 1 + 6 * 6 + 6 * 6) / 2.0 / 2));
    CHECK(value<net, relu>() == Approx(6.0 * 6 / 2));
    CHECK(value<block_last, relu>() == Approx(1.5 * 1.5 / 2));  // B alone: 3, 0 and 1.5, 0
}
TEST_CASE("activations of another kind are not compared") {
    // B, which alone feeds the relu, gives 6, −6 and, masked, 1.5, −1.5.
    using net = apd::network<site<"A">, identity, site<"B">, relu>;
    CHECK(value<net, relu>() == Approx(4.5 * 4.5 / 2));
}
TEST_CASE("hidden reconstruction describes itself as it was written") {
    CHECK(apd::describe(apd::hidden_reconstruction(mask)) == "hidden_reconstruction(given_mask())");
    CHECK(decltype(apd::hidden_reconstruction(mask))::name == std::string_view("hidden reconstruction"));
}
