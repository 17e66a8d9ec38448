#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>

#include <apd/analysis/score.hpp>

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
    const apd::labelled_samples<2, apd::output_labels<2>> numbers({1, 2, 3, 4}, {1, 2, 3, 6});
    CHECK(apd::score(device, identity, numbers).loss == Approx(1));  // one of four numbers is 2 off
    CHECK(apd::score(device, identity, numbers).accuracy == 0);
}
