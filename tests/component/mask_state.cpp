#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/attribution/gradient_attribution.hpp>
#include <apd/component/mask_state.hpp>
#include <apd/mask/lp.hpp>
#include <apd/mask/top_k.hpp>

namespace {

using problem =
    apd::ext::problem<apd_test::plain_backend, float, apd_test::small_network<apd::relu>, apd::shared_components<3, 1>>;
template <class Mask>
using state = typename Mask::template state<problem>;
using attribution = decltype(apd::gradient_attribution());
using binary = decltype(apd::batch_top_k(attribution{}, 1));
using real = decltype(apd::lp(attribution{}, 1));

struct pairs_only {
    const apd::ext::active_pairs& pairs() const;
};
struct pairs_by_value {
    apd::ext::active_pairs pairs() const;
    int count() const;
};
struct value_only {
    int value() const;
};
/// Both: a mask of 0 and 1 that is differentiated.
struct both {
    const apd::ext::active_pairs& pairs() const;
    int count() const, value() const, gradient() const;
};

struct with_delta : both {
    int delta() const, delta_gradient() const;
};
struct delta_without_gradient : both {
    int delta() const;
};

}  // namespace

TEST_CASE("a mask is binary by its pairs and counts, and real by its values and gradients") {
    STATIC_REQUIRE(apd::ext::binary_mask_state<state<binary>>);
    STATIC_REQUIRE(apd::ext::real_mask_state<state<real>>);
    STATIC_REQUIRE_FALSE(apd::ext::real_mask_state<state<binary>>);
    STATIC_REQUIRE_FALSE(apd::ext::binary_mask_state<state<real>>);
    STATIC_REQUIRE(apd::ext::binary_mask_state<both> && apd::ext::real_mask_state<both>);
    STATIC_REQUIRE_FALSE(apd::ext::binary_mask_state<pairs_only>);
    STATIC_REQUIRE_FALSE(apd::ext::binary_mask_state<pairs_by_value>);
    STATIC_REQUIRE_FALSE(apd::ext::real_mask_state<value_only>);
    STATIC_REQUIRE(apd::ext::delta_mask_state<with_delta>);
    STATIC_REQUIRE_FALSE(apd::ext::delta_mask_state<both> || apd::ext::delta_mask_state<delta_without_gradient>);
    STATIC_REQUIRE_FALSE(apd::ext::binary_mask_state<int> || apd::ext::real_mask_state<int>);
}
