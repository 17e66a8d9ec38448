#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/toy.hpp>

TEST_CASE("a loop of one's own over the steps learns what decompose learns, bit for bit") {
    const apd::decompose_options options{.steps = 12, .batch = 64, .learning_rate = 1e-2, .warm_up = 0.5};
    // [example decomposition_run]
    apd::cpu device({.threads = 1});
    const auto objective = apd_test::toy_objective();
    apd::ext::problem<apd::cpu, float, apd_test::toy, apd::shared_components<5, 3>> problem(
        device, apd_test::toy_target, options.batch);
    auto learned =
        apd::factors<apd_test::toy, apd::shared_components<5, 3>, float>::random(options.seed, options.initial_scale);
    problem.factors.upload(device, learned);
    apd::ext::decomposition_run<decltype(problem), std::decay_t<decltype(objective)>> run(problem, objective,
                                                                                          options.columns);
    const auto rates = apd::schedule{.learning_rate = 1e-2, .warm_up = 0.5}.over(options.steps);
    for (std::uint32_t step = 0; step < options.steps; ++step) {
        run.fill(apd_test::toy_data, step);
        run.differentiate();
        run.update(rates);
    }
    problem.factors.download(device, learned);
    // [/example]
    const auto expected = apd_test::toy_decomposition(options);
    CHECK(learned.left == expected.learned.left);
    CHECK(learned.right == expected.learned.right);
    std::uint32_t steps = 0;
    device.download(*problem.step, std::span(&steps, 1));
    CHECK(steps == 12);
}

namespace {

/// Losses and gradients of one batch, with samples of zeros left out if `fills`, or as the data gave it.
struct one_step {
    std::size_t samples;
    std::vector<double> values, gradients;
};
template <class Objective>
one_step step_of(const Objective& objective, bool fills) {
    apd::cpu device({.threads = 1});
    const auto target = apd_test::random_parameters<apd_test::toy, double>(3);
    apd::ext::problem<apd::cpu, double, apd_test::toy, apd::shared_components<5, 3>> problem(device, target, 200);
    problem.factors.upload(device, apd::factors<apd_test::toy, apd::shared_components<5, 3>, double>::random(4, 1));
    apd::ext::decomposition_run<decltype(problem), Objective> run(problem, objective, apd::column_norm::free);
    const apd::sparse_features<5> data{.probability = 0.1, .seed = 5};
    if (fills) run.fill(data, 0U);
    else problem.fill(data, 0U);
    run.differentiate();
    const auto values = run.objective().values();
    one_step result{problem.rows.present, {values.begin(), values.end()}, {}};
    for (const auto& part : {apd_test::on_host(device, problem.gradients.left(problem.site<0>)),
                             apd_test::on_host(device, problem.gradients.right(problem.site<0>))})
        result.gradients.insert(result.gradients.end(), part.begin(), part.end());
    return result;
}
template <class Objective>
void check_left_out(const Objective& objective) {
    const auto all = step_of(objective, false), some = step_of(objective, true);
    CHECK(all.samples == 200);
    CHECK(some.samples < 100);
    for (std::size_t i = 0; i < all.values.size(); ++i) CHECK(some.values[i] == Approx(all.values[i]).epsilon(1e-12));
    double largest = 0;
    for (std::size_t i = 0; i < all.gradients.size(); ++i) {
        largest = std::max(largest, std::abs(all.gradients[i]));
        CHECK(some.gradients[i] == Approx(all.gradients[i]).margin(1e-14));
    }
    CHECK(largest > 1e-3);
}

}  // namespace

TEST_CASE("samples of zeros are left out of a step, and change nothing in it") {
    const auto attribution = apd::gradient_attribution();
    // Up to every pair there is: more than the samples that are not zero have.
    for (const double k : {0.0, 0.3, 4.0, 5.0}) {
        const auto active = apd::batch_top_k(attribution, k);
        check_left_out(apd::faithfulness() + apd::minimality(active) + apd::simplicity(active, apd::schatten(1)) +
                       apd::hidden_reconstruction(active));
    }
    const auto active = apd::exact_top_k(apd::gradient_attribution(apd::of_decomposed), apd::distil);
    check_left_out(apd::minimality(active, apd::kl_divergence) + apd::simplicity(active, apd::schatten(0.9)) +
                   apd::output_reconstruction());
}
TEST_CASE("samples of zeros stay where a term or mask may depend on them") {
    const auto real = apd::lp(apd::gradient_attribution(), 1);
    CHECK(step_of(apd::faithfulness() + apd::sparsity(real), true).samples == 200);
    const auto each = apd::per_sample_top_k(apd::gradient_attribution(), 2);
    CHECK(step_of(apd::faithfulness() + apd::minimality(each), true).samples == 200);
}
