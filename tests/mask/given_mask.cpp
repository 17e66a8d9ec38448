#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>
#include <support/two_components.hpp>

#include <apd/apd.hpp>

namespace {

using numbers = std::vector<double>;
using objective = decltype(1.0 * apd::minimality(apd::given_mask{}));
constexpr objective minimality{1.0 * apd::minimality(apd::given_mask{})};

}  // namespace

static_assert(apd::ext::mask_node<apd::given_mask> && apd::ext::is_a_real_mask<apd::given_mask>);
static_assert(apd::given_mask{} == apd::given_mask{});

TEST_CASE("a mask that is not written to makes every component active") {
    using network = apd_test::small_network<apd::gelu>;
    apd_test::small_problem<network, 3, 2, apd_test::tested_backend> small(5);
    const auto sum = apd::minimality(apd::given_mask{}) + apd::output_reconstruction();
    apd::ext::objective_step<typename decltype(small)::problem_type, std::decay_t<decltype(sum)>> run(small.problem,
                                                                                                      sum);
    run.evaluate();
    CHECK(apd_test::on_host(small.device, run(apd::given_mask{}).value()) == numbers(5 * 3, 1));
    const auto& masked = run(apd::ext::masked_pass<apd::given_mask>{});
    CHECK_THAT(apd_test::on_host(small.device, masked.template activation<network::depth>()),
               Catch::Matchers::Approx(apd_test::on_host(
                   small.device, run(apd::ext::unmasked_pass{}).template activation<network::depth>())));
    CHECK(run.values()[0] == Approx(run.values()[1]));
}
TEST_CASE("the numbers that are written to the mask multiply the components") {
    // Outputs of the components before the relu: (2.5, 0), (0.625, 1.875), (−2.5, 0); of the target: 2, 3, 0.
    apd_test::two_components by_hand;
    apd::ext::objective_step<apd_test::two_components::problem_type, objective> run(by_hand.problem, minimality);
    const auto mask = run(apd::given_mask{}).value();
    by_hand.device.upload(std::span<const double>(numbers{0.5, 7, 1, 2, -1, 7}), mask);
    run.evaluate();
    CHECK(run.values()[0] == Approx((0.75 * 0.75 + 1.375 * 1.375 + 2.5 * 2.5) / 3));  // of 1.25, 4.375, 2.5
    by_hand.device.upload(std::span<const double>(numbers{0.5, 7, 1, 2, 1, 7}), mask);
    run.evaluate();
    CHECK(run.values()[0] == Approx((0.75 * 0.75 + 1.375 * 1.375) / 3));
}
TEST_CASE("the gradient with respect to a mask is that of the last pullback") {
    apd_test::small_problem<apd_test::small_network<apd::gelu>, 3, 2, apd_test::tested_backend> small(4);
    constexpr double weight = 0.7, h = 1e-5;
    const auto weighted = weight * apd::minimality(apd::given_mask{});
    apd::ext::objective_step<typename decltype(small)::problem_type, objective> run(small.problem, weighted);
    auto mask = apd_test::random_numbers(4 * 3, 5);
    const auto loss = [&] {
        small.device.upload(std::span<const double>(mask), run(apd::given_mask{}).value());
        run.evaluate();
        return weight * run.values()[0];
    };
    for (const double first : {2.0, -1.0}) {  // two steps
        mask[0] = first;
        loss();
        run.pullback();
        const auto found = apd_test::on_host(small.device, run(apd::given_mask{}).gradient());
        for (std::size_t i = 0; i < mask.size(); ++i) {
            const double middle = mask[i];
            mask[i] = middle + h;
            const double above = loss();
            mask[i] = middle - h;
            const double below = loss();
            mask[i] = middle;
            CHECK(found[i] == Approx((above - below) / (2 * h)).epsilon(1e-6).margin(1e-9));
        }
    }
}
TEST_CASE("a given mask describes itself as it was written") {
    CHECK(apd::describe(apd::minimality(apd::given_mask{})) == "minimality(given_mask())");
}
