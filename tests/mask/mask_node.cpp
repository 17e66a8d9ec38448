#include <catch2/catch.hpp>

#include <apd/apd.hpp>

namespace {
using attribution = decltype(apd::gradient_attribution());
using binary = decltype(apd::batch_top_k(apd::gradient_attribution(), 1));
using real = decltype(apd::lp(apd::gradient_attribution(), 1));
}  // namespace

static_assert(apd::ext::mask_node<binary> && apd::ext::mask_node<real>);
static_assert(!apd::ext::mask_node<attribution> && !apd::ext::mask_node<apd::ext::components> &&
              !apd::ext::mask_node<int>);
static_assert(apd::ext::is_a_mask<binary> && apd::ext::is_a_mask<real> && !apd::ext::is_a_mask<attribution> &&
              !apd::ext::is_a_mask<apd::ext::no_mask>);
static_assert(apd::ext::is_a_real_mask<real> && !apd::ext::is_a_real_mask<binary>);

TEST_CASE("masks are equal when their attribution and their k are") {
    const auto mask = apd::batch_top_k(apd::gradient_attribution(), 0.2);
    CHECK(mask == apd::batch_top_k(apd::gradient_attribution(), 0.2));
    CHECK_FALSE(mask == apd::batch_top_k(apd::gradient_attribution(), 0.3));
}
