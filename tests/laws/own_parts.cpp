// The laws of layers, masks and losses for the parts of examples/own_parts.hpp: what a user writes is held to the same.

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <own_parts.hpp>
#include <support/tested_backend.hpp>

namespace {
using network =
    apd::network<apd::linear<"W", 4, 3>, own::gain<"g", 3>, apd::transposed<"W">, apd::bias<"b", 4>, apd::gelu>;
}

static_assert(apd::ext::layer<own::gain<"g", 3>> && apd::ext::parametrised_layer<own::gain<"g", 3>>);

TEST_CASE("a layer, a mask and a loss of one's own have the gradients of their values") {
    const auto mask = own::annealed_top_k(apd::gradient_attribution(), 1.3, 1.3, 1);
    apd_test::gradients_are_right<network, 3, 2, apd_test::tested_backend>(apd::minimality(mask) +
                                                                           own::component_norm());
}
TEST_CASE("attributions through a layer of one's own are the same in both modes") {
    const auto forward = apd::gradient_attribution(apd::of_target, apd::forward_mode);
    const auto reverse = apd::gradient_attribution(apd::of_target, apd::reverse_mode);
    apd_test::small_problem<network, 3, 2, apd_test::tested_backend> small(5);
    const auto objective =
        apd::minimality(apd::batch_top_k(forward, 1)) + apd::minimality(apd::batch_top_k(reverse, 1));
    apd::ext::objective_step<decltype(small)::problem_type, std::decay_t<decltype(objective)>> run(small.problem,
                                                                                                   objective);
    run.evaluate();
    const auto a = apd_test::on_host(small.device, run(forward).value());
    const auto b = apd_test::on_host(small.device, run(reverse).value());
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-12));
}
TEST_CASE("the gradients of training reach the parameter of a layer of one's own") {
    apd_test::training_gradients_are_right<network>();
    apd_test::training_gradients_are_right<
        apd::network<own::gain<"g", 4>, apd::gelu, apd::linear<"W", 4, 3>, apd::transposed<"W">>>();
}
using namespace apd::ext::literals;

TEST_CASE("k falls from the first to the last over the steps") {
    apd_test::small_problem<network, 3, 2, apd_test::tested_backend> small(10);
    const auto mask = own::annealed_top_k(apd::gradient_attribution(), 2, 1, 4);
    const auto objective = 1.0 * apd::minimality(mask);
    apd::ext::objective_step<decltype(small)::problem_type, std::decay_t<decltype(objective)>> run(small.problem,
                                                                                                   objective);
    for (const std::uint32_t expected : {20U, 17U, 15U, 12U, 10U, 10U}) {
        run.evaluate();
        const auto active = apd_test::samples_of(small.device, run(mask).pairs());
        CHECK(active[0].size() + active[1].size() + active[2].size() == expected);
        small.device((*small.problem.step)[""_i] += 1);
    }
}
