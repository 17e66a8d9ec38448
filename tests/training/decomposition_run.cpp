#include <cstdint>
#include <span>
#include <type_traits>

#include <catch2/catch.hpp>
#include <support/toy.hpp>

TEST_CASE("a loop of one's own over the steps learns what decompose learns, bit for bit") {
    const apd::decompose_options options{.steps = 12, .batch = 64, .learning_rate = 1e-2, .warm_up = 0.5};
    // [example decomposition_run]
    apd::cpu device({.threads = 1});
    const auto objective = apd_test::toy_objective();
    apd::problem<apd::cpu, float, apd_test::toy, 5, 3> problem(device, apd_test::toy_target, options.batch);
    auto learned = apd::factors<apd_test::toy, 5, 3, float>::random(options.seed, options.initial_scale);
    problem.factors.upload(device, learned);
    apd::decomposition_run<decltype(problem), std::decay_t<decltype(objective)>> run(problem, objective,
                                                                                     options.columns);
    const auto rates = apd::schedule{.learning_rate = 1e-2, .warm_up = 0.5}.over(options.steps);
    for (std::uint32_t step = 0; step < options.steps; ++step) {
        apd_test::toy_data.fill(device, step, *problem.x);
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
