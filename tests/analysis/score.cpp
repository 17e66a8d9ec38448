#include <cmath>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>

#include <apd/analysis/score.hpp>
#include <apd/data/token_windows.hpp>

TEST_CASE("what a network makes of data that it is not trained on is seen while it is trained") {
    using network = apd::network<apd::linear<"W", 2, 2>>;
    const apd::labelled_samples<2, apd::class_labels<2>> data({3, 0, 0, 3}, {0, 1}), other({2, 1, 1, 2}, {0, 1});
    apd_test::tested_backend device, second;
    apd::held_out unseen(second, other);
    const auto trained =
        apd::train<network>(device, data, {.steps = 40, .batch = 2, .learning_rate = 0.1, .log_every = 20}, {}, unseen);
    REQUIRE(unseen.history().size() == 3);
    CHECK(unseen.history()[0].step == 1);
    CHECK(unseen.history()[2].step == 40);
    CHECK(unseen.history()[2].loss == apd::score(second, trained, other).loss);
    CHECK(unseen.history()[2].loss < 0.5 * unseen.history()[0].loss);
}
TEST_CASE("what is held out is measured by the loss that one gives") {
    using network = apd::network<apd::linear<"W", 2, 2>>;
    const apd::labelled_samples<2, apd::output_labels<2>> data({3, 0, 0, 3}, {1, 0, 0, 1});
    apd_test::tested_backend device, second;
    apd::held_out unseen(second, data, apd::kl_divergence);
    const auto trained = apd::train<network>(device, data, {.steps = 2, .batch = 2}, apd::kl_divergence, unseen);
    CHECK(unseen.history().back().loss == apd::score(second, trained, data, apd::kl_divergence).loss);
    CHECK(unseen.history().back().loss != apd::score(second, trained, data).loss);
}
TEST_CASE("windows of a text are scored one behind the other") {
    // After word w comes w + 1 of 4, which the network knows but for the last.
    using network = apd::network<apd::one_hot<4>, apd::linear<"W", 4, 4>, apd::learned_positions<"p", 2, 4>>;
    apd::parameters<network> known;
    for (std::size_t w = 0; w < 3; ++w) known.get<"W">()[w * 4 + w + 1] = 9;
    const apd::token_windows<2, 4> text(apd::tokens(std::vector<std::uint32_t>{0, 1, 2, 3, 0}));
    apd_test::tested_backend device;
    CHECK(apd::score(device, known, text).accuracy == 1);  // of the last all logits are one, and the first is taken
    CHECK(apd::score(device, known, text, apd::cross_entropy, 1).loss == Approx(std::log(4.0) / 4).epsilon(1e-2));
}
TEST_CASE("a score is the mean loss of all samples and the share of classes that are met, for any batch") {
    using network = apd::network<apd::linear<"W", 2, 2>>;
    apd::parameters<network> identity;
    identity.get<"W">()[0] = identity.get<"W">()[3] = 1;
    const apd::labelled_samples<2, apd::class_labels<2>> data({3, 0, 0, 3, 3, 0}, {0, 1, 1});
    apd_test::tested_backend device;
    for (const std::size_t batch : {1U, 2U, 1000U}) {
        const auto found = apd::score(device, identity, data, apd::cross_entropy, batch);
        const double met = std::log1p(std::exp(-3.0));
        CHECK(found.loss == Approx((3 * met + 3) / 3).epsilon(1e-6));
        CHECK(found.accuracy == Approx(2.0 / 3));
    }
    const apd::labelled_samples<2, apd::class_labels<2>> some({3, 0, 0, 3, 3, 0}, {0, apd::no_class, 1});
    CHECK(apd::score(device, identity, some).accuracy == 0.5);
    const apd::labelled_samples<2, apd::output_labels<2>> numbers({1, 2, 3, 4}, {1, 2, 3, 6});
    CHECK(apd::score(device, identity, numbers).loss == Approx(1));  // one of four numbers is 2 off
    CHECK(apd::score(device, identity, numbers).accuracy == 0);
}
