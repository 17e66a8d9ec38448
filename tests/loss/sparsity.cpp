#include <catch2/catch.hpp>
#include <support/two_components.hpp>

TEST_CASE("sparsity is the mean over samples of the sum of a real mask") {
    apd_test::two_components by_hand;
    const auto mask = apd::lp(apd::gradient_attribution(), 2);  // the attributions: 2.5², 0.625², 1.875², else 0
    CHECK(by_hand.values(1.0 * apd::sparsity(mask))[0] == Approx((6.25 + 0.390625 + 3.515625) / 3));
}
