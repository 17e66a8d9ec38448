#include <catch2/catch.hpp>

#include <apd/apd.hpp>

static_assert(apd::ext::loss_term<decltype(apd::faithfulness())>);
static_assert(apd::ext::loss_term<decltype(apd::minimality(apd::batch_top_k(apd::gradient_attribution(), 1)))>);
static_assert(!apd::ext::loss_term<decltype(apd::batch_top_k(apd::gradient_attribution(), 1))>);
static_assert(!apd::ext::loss_term<apd::ext::components> && !apd::ext::loss_term<double>);

TEST_CASE("losses are equal when all that they are made of is") {
    const auto with = [](double k, double p) {
        return apd::simplicity(apd::batch_top_k(apd::gradient_attribution(), k), apd::schatten(p));
    };
    CHECK(with(1, 0.9) == with(1, 0.9));
    CHECK_FALSE(with(1, 0.9) == with(2, 0.9));
    CHECK_FALSE(with(1, 0.9) == with(1, 1));
}
