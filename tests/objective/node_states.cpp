#include <catch2/catch.hpp>
#include <support/two_components.hpp>

#include <apd/attribution/gradient_attribution.hpp>
#include <apd/mask/top_k.hpp>
#include <apd/objective/node_states.hpp>

TEST_CASE("a node is added with what it depends on, once, and evaluated after it") {
    apd_test::two_components small;
    auto& problem = small.problem;
    const auto active = apd::per_sample_top_k(apd::gradient_attribution(), 1);
    // [example node_states]
    apd::ext::node_states<std::decay_t<decltype(problem)>> run(problem);
    run.add(active);
    run.evaluate();
    CHECK(run(active).pairs().components == 2);
    // [/example]
    auto* const state = &run(apd::gradient_attribution());
    run.add(apd::gradient_attribution());
    run.add(active);
    CHECK(&run(apd::gradient_attribution()) == state);
}
TEST_CASE("a node that differs in a number is another, and asking for one that nothing depends on is an error") {
    apd_test::two_components small;
    apd::ext::node_states<apd_test::two_components::problem_type> run(small.problem);
    run.add(apd::per_sample_top_k(apd::gradient_attribution(), 1));
    const auto two = apd::per_sample_top_k(apd::gradient_attribution(), 2);
    CHECK_THROWS_WITH(run(two), "objective: a node was asked for that nothing depends on; name it in dependencies()");
    run.add(two);
    CHECK(&run(two) != &run(apd::per_sample_top_k(apd::gradient_attribution(), 1)));
    CHECK_THROWS_AS(run(apd::ext::unmasked_pass{}), apd::error);
}
