// That the values are right is tested in laws/attributions.cpp; here: which mode is chosen, and batches of any size.

#include <cstddef>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

template <class Net, std::size_t C>
using problem = apd::ext::problem<apd_test::tested_backend, float, Net, apd::shared_components<C, apd::full_rank>>;
template <class Net, std::size_t C>
using tangents = apd::ext::detail::gradient_by_tangents<problem<Net, C>, apd::ext::target_pass>;
template <class Net, std::size_t C>
using over_links = apd::ext::detail::gradient_by_links<problem<Net, C>, apd::ext::target_pass>;
template <class Net, std::size_t C>
using cotangents = apd::ext::detail::gradient_by_cotangents<problem<Net, C>, apd::ext::target_pass>;
template <class Net, std::size_t C>
inline constexpr auto cheapest = apd::ext::detail::cheapest_mode<problem<Net, C>, apd::ext::target_pass>(1024);
using apd::ext::differentiation;

template <std::size_t Features, std::size_t Hidden>
using tms = apd::network<apd::linear<"W", Features, Hidden>, apd::transposed<"W">, apd::bias<"b", Features>, apd::relu>;
using regression = apd::network<apd::linear<"in", 100, 50>, apd::relu, apd::linear<"middle", 50, 50>, apd::relu,
                                apd::linear<"out", 50, 1>>;
using residual = apd::network<apd::frozen<apd::linear<"E", 100, 1000>>,
                              apd::residual<apd::linear<"in", 1000, 50>, apd::relu, apd::linear<"out", 50, 1000>>,
                              apd::frozen<apd::linear<"U", 1000, 100>>>;

}  // namespace

// Multiply-adds for one sample, counted by hand; one in eight inputs is taken to be other than zero. W is [5, 2] (10
// entries). Tangents: x P_c (first use), then t W and h P_c (second): C·(10/8 + 20). Over links: x D_c, D_c [5, 5].
// Cotangents, 5 outputs: C products of 10 at each use, their contraction with 5 cotangents of width 2 and 5, and 5
// cotangents back through W.
static_assert(tangents<tms<5, 2>, 5>::cost_of_sample == 5 * (1 + 20));
static_assert(over_links<tms<5, 2>, 5>::cost_of_sample == 5 * 25 / 8);
static_assert(cotangents<tms<5, 2>, 5>::cost_of_sample == 5 * (1 + 10) + 5 * 5 * (2 + 5) + 5 * 10);
// D_c = U_c (V_c Wᵀ) + (W V_cᵀ) U_cᵀ, once a step; the others P_c = U_c V_c.
static_assert(over_links<tms<5, 2>, 5>::cost_of_step == 5 * (20 + 20 + 50 + 50));
static_assert(tangents<tms<5, 2>, 5>::cost_of_step == 5 * 20);
static_assert(cotangents<tms<5, 2>, 5>::cost_of_step == 5 * 20);
// In a residual network: x (E P_in), then mid (P_out U) + t (W_out U), each [100, 50] or [50, 100].
static_assert(over_links<residual, 130>::cost_of_sample == 130 * 5000 / 8 + 130 * (5000 + 5000));
// Of rank 1: (x (E u)) v, then (mid u) (v U) + t (W_out U).
static_assert(apd::ext::detail::gradient_by_links<
                  apd::ext::problem<apd_test::tested_backend, float, residual, apd::shared_components<130, 1>>,
                  apd::ext::target_pass>::cost_of_sample == 130 * 100 / 8 + 130 * 50 + 130 * (50 + 100) + 130 * 5000);
static_assert(tangents<residual, 130>::cost_of_sample == 130 * (50'000 + 50'000 + 50'000 + 100'000));

// From sparse inputs to outputs at once, where the input is linear in both; one output: its cotangent.
static_assert(cheapest<tms<5, 2>, 5> == differentiation::forward_over_links);
static_assert(cheapest<tms<40, 10>, 50> == differentiation::forward_over_links);
static_assert(cheapest<regression, 20> == differentiation::reverse_mode);
static_assert(cheapest<residual, 130> == differentiation::forward_over_links);

// D_c of TMS 100-50, [100, 100], costs 5 · 1.5 million once a step instead of 5 · 0.25 million, and saves 5 · 9375 for
// a sample: from 134 samples on it pays.
using wide_tms = tms<100, 50>;
static_assert(apd::ext::detail::cheapest_mode<problem<wide_tms, 5>, apd::ext::target_pass>(133) ==
              differentiation::forward_mode);
static_assert(apd::ext::detail::cheapest_mode<problem<wide_tms, 5>, apd::ext::target_pass>(134) ==
              differentiation::forward_over_links);

TEST_CASE("the mode is the one that is cheapest for the batch of the run") {
    constexpr std::size_t C = 5, largest = 200;
    using problem_type =
        apd::ext::problem<apd_test::tested_backend, double, wide_tms, apd::shared_components<C, apd::full_rank>>;
    apd_test::tested_backend device;
    const auto target = apd_test::random_parameters<wide_tms>(3);
    const auto host = apd::factors<wide_tms, apd::shared_components<C, apd::full_rank>, double>::random(4, 1);
    const auto x = apd_test::random_numbers(largest * wide_tms::inputs, 5);
    const auto found = [&](std::size_t batch, const auto& attribution, differentiation mode) {
        const auto objective = 1.0 * apd::minimality(apd::batch_top_k(attribution, 1));
        problem_type problem(device, target, batch);
        problem.factors.upload(device, host);
        device.upload(std::span(x).first(batch * wide_tms::inputs), *problem.x);
        apd::ext::objective_step<problem_type, std::decay_t<decltype(objective)>> run(problem, objective);
        run.evaluate();
        CHECK(run(attribution).mode() == mode);
        return apd_test::on_host(device, run(attribution).value());
    };
    const auto few = found(64, apd::gradient_attribution(), differentiation::forward_mode);
    const auto many = found(largest, apd::gradient_attribution(), differentiation::forward_over_links);
    for (std::size_t i = 0; i < few.size(); ++i) CHECK(few[i] == Approx(many[i]).epsilon(1e-10));
    found(largest, apd::gradient_attribution(apd::of_target, apd::reverse_mode), differentiation::reverse_mode);
}

TEST_CASE("the attribution of a sample does not depend on its batch or on the number of threads") {
    using network = apd_test::small_network<apd::relu>;
    constexpr std::size_t C = 5;
    const auto attribution = apd::gradient_attribution();
    const auto objective = 1.0 * apd::minimality(apd::batch_top_k(attribution, 1));
    const auto target = apd_test::random_parameters<network>(3);
    const auto host = apd::factors<network, apd::shared_components<C, 2>, double>::random(4, 1);
    const auto x = apd_test::random_numbers(4000 * network::inputs, 5);
    const auto found = [&](std::size_t batch, std::size_t threads) {
        apd::cpu device({.threads = threads});
        apd::ext::problem<apd::cpu, double, network, apd::shared_components<C, 2>> problem(device, target, batch);
        problem.factors.upload(device, host);
        device.upload(std::span(x).first(batch * network::inputs), *problem.x);
        apd::ext::objective_step<decltype(problem), std::decay_t<decltype(objective)>> run(problem, objective);
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
