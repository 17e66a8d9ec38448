#include <catch2/catch.hpp>

#include <apd/apd.hpp>

static_assert(apd::ext::attribution_node<decltype(apd::gradient_attribution())>);
static_assert(apd::ext::attribution_node<decltype(apd::activation_attribution())>);
static_assert(!apd::ext::attribution_node<decltype(apd::batch_top_k(apd::gradient_attribution(), 1))>);
static_assert(!apd::ext::attribution_node<apd::ext::components> && !apd::ext::attribution_node<double>);

TEST_CASE("attributions describe themselves as they were written") {
    CHECK(apd::describe(apd::gradient_attribution()) == "gradient_attribution(of_target)");
    CHECK(apd::describe(apd::activation_attribution()) == "activation_attribution()");
}
