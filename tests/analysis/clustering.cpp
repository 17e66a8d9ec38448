#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/apd.hpp>

using matrix = xt::xtensor<double, 2>;

TEST_CASE("merging subcomponents costs what it does in the published code, step by step") {
    const auto file = apd::load(APD_REFERENCE_DIR "/clustering_mdl.safetensors");
    const matrix activations = file.get<double>("activations");
    apd::subcomponent_groups groups(activations, 0.1, 1);
    for (int step = 0; step <= 10; ++step) {
        INFO("merge " << step);
        const std::string at = "iter." + std::to_string(step) + ".";
        const auto together = file.get<double>(at + "coact"), cost = file.get<double>(at + "cost");
        REQUIRE(groups.count() == together.shape(0));
        for (std::size_t i = 0; i < groups.count(); ++i)
            for (std::size_t j = 0; j < groups.count(); ++j) {
                CHECK(static_cast<double>(groups.together(i, j)) == together(i, j));
                if (i != j) CHECK(groups.cost_of_merging(i, j) == Approx(cost(i, j)).epsilon(1e-9).margin(1e-12));
            }
        const auto pair = file.get<std::int64_t>(at + "pair");
        const double before = groups.description_length();
        const auto i = static_cast<std::size_t>(pair(0)), j = static_cast<std::size_t>(pair(1));
        const double change = groups.cost_of_merging(i, j);
        groups.merge(i, j);
        const auto labels = file.get<std::int64_t>(at + "groups_after");
        for (std::size_t c = 0; c < groups.labels().size(); ++c)
            CHECK(groups.labels()[c] == static_cast<std::size_t>(labels(c)));
        CHECK(groups.description_length() == Approx(file.get<double>(at + "mdl_after")(0)).epsilon(1e-9));
        CHECK(groups.description_length() - before == Approx(change).epsilon(1e-9).margin(1e-12));
    }
}
TEST_CASE("what is active together is one group, what never is has none") {
    // Subcomponents 0 and 2 are active on even samples, 1 and 4 on odd ones, 3 on none.
    matrix importances = xt::zeros<double>({40, 5});
    for (std::size_t b = 0; b < 40; ++b)
        for (const std::size_t c : {b % 2 == 0 ? 0U : 1U, b % 2 == 0 ? 2U : 4U}) importances(b, c) = 1;
    const std::vector<std::size_t> expected{0, 1, 0, apd::no_group, 1};
    CHECK(apd::cluster(importances) == expected);
    CHECK(apd::cluster(importances, {.choice = apd::merge_choice::range, .spread = 1e-3}) == expected);
    CHECK(apd::cluster(importances, {.choice = apd::merge_choice::annealed, .spread = 1e-3}) == expected);
    CHECK(apd::cluster(importances, {.choice = apd::merge_choice::rank, .spread = 20}) == expected);
    // Drawn from almost all pairs, others are merged too.
    CHECK(apd::cluster(importances, {.choice = apd::merge_choice::rank, .spread = 1e-3}) != expected);
    CHECK_THROWS_WITH(apd::cluster(xt::zeros<double>({0, 5})), Catch::Contains("there are no samples"));
}
TEST_CASE("distances of clusterings are those of the published code") {
    const auto file = apd::load(APD_REFERENCE_DIR "/metrics_ci_error.safetensors");
    const auto labels = file.get<std::int64_t>("labels");
    const auto by_label = file.get<double>("perm_invariant_hamming"), by_pair = file.get<double>("matching_dist");
    std::vector<std::vector<std::size_t>> all(labels.shape(0));
    for (std::size_t r = 0; r < labels.shape(0); ++r)
        for (std::size_t c = 0; c < labels.shape(1); ++c) all[r].push_back(static_cast<std::size_t>(labels(r, c)));
    for (std::size_t a = 0; a < all.size(); ++a)
        for (std::size_t b = 0; b < a; ++b) {
            CHECK(static_cast<double>(apd::label_distance(all[a], all[b])) == by_label(a, b));
            CHECK(static_cast<double>(apd::pair_distance(all[a], all[b])) == by_pair(b, a));
        }
    CHECK_THROWS_WITH(apd::pair_distance({0}, {0, 1}), Catch::Contains("different numbers of subcomponents"));
}
