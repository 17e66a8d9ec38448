// Sample 0 is (1, 0): y* = 2; sample 1 is (0, 1): y* = 3; sample 2 is (−1, 0): y* = relu(−2) = 0.

#include <catch2/catch.hpp>
#include <support/two_components.hpp>

namespace {
const auto largest = apd::batch_top_k(apd::gradient_attribution(), 2.0 / 3 + 1e-9);  // two pairs of six
}

TEST_CASE("minimality compares the output of the active components with the target's") {
    // Attributions: sample 0: 2.5², 0; sample 1: 0.625², 1.875²; sample 2: 0 behind the relu. So P_1 is active on
    // sample 0 and P_2 on sample 1: outputs 2.5, 1.875, 0.
    apd_test::two_components by_hand;
    CHECK(by_hand.values(1.0 * apd::minimality(largest))[0] == Approx((0.5 * 0.5 + 1.125 * 1.125) / 3));
}
TEST_CASE("output reconstruction uses every component") {
    apd_test::two_components by_hand;
    CHECK(by_hand.values(1.0 * apd::output_reconstruction())[0] == Approx((0.5 * 0.5 + 0.5 * 0.5) / 3));
}
