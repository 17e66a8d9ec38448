// That the values are right is tested in laws/attributions.cpp; here: which mode is chosen, and batches of any size.

#include <cstddef>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

namespace {

template <class Net, std::size_t C>
using cost = apd::detail::attribution_cost<apd::problem<apd::cpu, float, Net, C, apd::full_rank>>;
using tms = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;
using regression = apd::network<apd::linear<"in", 100, 50>, apd::linear<"middle", 50, 50>, apd::linear<"out", 50, 1>>;

}  // namespace

// Multiply-adds for one sample, counted by hand. W is [5, 2] (10 entries). Tangents: x P_c (first use), then t W and
// h P_c (second): C·(10 + 20). Cotangents, 5 outputs: C products of 10 at each use, their contraction with 5 cotangents
// of width 2 and 5, and 5 cotangents back through W.
static_assert(cost<tms, 5>::tangents == 5 * 30);
static_assert(cost<tms, 5>::cotangents == 5 * 10 * 2 + 5 * 5 * (2 + 5) + 5 * 10);
// As many outputs as components: tangents are cheaper. One output: its cotangent is.
static_assert(cost<tms, 5>::tangents < cost<tms, 5>::cotangents);
static_assert(cost<regression, 20>::tangents > cost<regression, 20>::cotangents);

TEST_CASE("the attribution of a sample does not depend on its batch or on the number of threads") {
    using network = apd_test::small_network<apd::relu>;
    constexpr std::size_t C = 5;
    const auto attribution = apd::gradient_attribution();
    const auto objective = 1.0 * apd::minimality(apd::batch_top_k(attribution, 1));
    const auto target = apd_test::random_parameters<network>(3);
    const auto host = apd::factors<network, C, 2, double>::random(4, 1);
    const auto x = apd_test::random_numbers(4000 * network::inputs, 5);
    const auto found = [&](std::size_t batch, std::size_t threads) {
        apd::cpu device({.threads = threads});
        apd::problem<apd::cpu, double, network, C, 2> problem(device, target, batch);
        problem.factors.upload(device, host);
        device.upload(std::span(x).first(batch * network::inputs), *problem.x);
        apd::objective_step<decltype(problem), std::decay_t<decltype(objective)>> run(problem, objective);
        run.evaluate();
        return apd_test::on_host(device, run(attribution).value());
    };
    const auto all = found(4000, 1);
    CHECK(found(4000, 3) == all);
    for (const std::size_t batch : {1U, 17U, 999U}) {
        const auto some = found(batch, 1);
        for (std::size_t i = 0; i < some.size(); ++i) CHECK(some[i] == Approx(all[i]).epsilon(1e-12));
    }
}
