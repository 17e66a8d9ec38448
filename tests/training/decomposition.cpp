#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include <catch2/catch.hpp>
#include <support/toy.hpp>

namespace {
const auto result = apd_test::toy_decomposition({.steps = 5, .batch = 16, .learning_rate = 1e-2, .seed = 3});
}

TEST_CASE("a component of a site is the product of its factors") {
    const auto p = result.component<"W">();
    REQUIRE(p.shape() == std::array<std::size_t, 3>{5, 5, 2});
    for (std::size_t c = 0; c < 5; ++c)
        for (std::size_t i = 0; i < 5; ++i)
            for (std::size_t o = 0; o < 2; ++o) {
                float expected = 0;
                for (std::size_t r = 0; r < 3; ++r)
                    expected +=
                        result.learned.left[0][(c * 5 + i) * 3 + r] * result.learned.right[0][(c * 3 + r) * 2 + o];
                CHECK(p(c, i, o) == Approx(expected));
            }
}
TEST_CASE("a result is saved with its target, components, factors and origin") {
    const apd::tensors file = result.to_tensors();
    CHECK(file.names() == std::vector<std::string>{"U.W", "V.W", "coefficients", "components.W", "history", "target.W",
                                                   "target.b", "without components"});
    CHECK(file.shape("components.W") == std::vector<std::size_t>{5, 5, 2});
    CHECK(file.shape("U.W") == std::vector<std::size_t>{5, 5, 3});
    CHECK(file.shape("V.W") == std::vector<std::size_t>{5, 3, 2});
    CHECK((file.get<float>("components.W") == result.component<"W">()));
    CHECK(file.get<float>("target.b")(2) == apd_test::toy_target.get<"b">()[2]);
    CHECK(file.metadata().at("seed") == "3");
    CHECK(file.metadata().at("steps") == "5");
    CHECK(file.metadata().at("apd") == apd::version);
    CHECK(file.metadata().at("objective") == result.objective);
}
TEST_CASE("a result comes back from what was saved, and says so if a factor is of another rank") {
    using loaded = apd::decomposition<apd_test::toy, apd::shared_components<5, 3>>;
    const auto again = loaded::from(result.to_tensors());
    CHECK(again.learned.left == result.learned.left);
    CHECK(again.learned.right == result.learned.right);
    CHECK((again.component<"W">() == result.component<"W">()));
    CHECK(again.target.get<"b">()[2] == result.target.get<"b">()[2]);
    CHECK(again.options.seed == 3);
    CHECK(again.options.steps == result.options.steps);
    CHECK(again.options.batch == result.options.batch);
    CHECK(again.options.learning_rate == result.options.learning_rate);
    CHECK(again.completed_steps == 5);
    CHECK(again.seconds == 0);  // not saved
    CHECK(again.failure.empty());
    CHECK(again.terms == result.terms);
    CHECK(again.coefficients == result.coefficients);
    REQUIRE(again.history.size() == result.history.size());
    CHECK(again.history.back().step == result.history.back().step);
    CHECK(again.history.back().values == result.history.back().values);
    CHECK(again.objective == result.objective);
    CHECK(again.without_components == result.without_components);
    CHECK_THROWS_WITH((apd::decomposition<apd_test::toy, apd::shared_components<5, 2>>::from(result.to_tensors())),
                      Catch::Contains("'U.W' has shape [5, 5, 3], expected [5, 5, 2]"));
}
TEST_CASE("a result comes back from its factors alone") {
    const auto again =
        apd::decomposition<apd_test::toy, apd::shared_components<5, 3>>::from(result.factors_to_tensors());
    CHECK(again.learned.left == result.learned.left);
    CHECK(again.learned.right == result.learned.right);
    CHECK_FALSE(result.factors_to_tensors().contains("components.W"));
}
TEST_CASE("a result that failed is saved with its failure, and comes back") {
    auto failed = result;
    failed.failure = "the term 'faithfulness' became NaN by step 3";
    failed.history.clear();
    failed.learned.left[0][4] = std::numeric_limits<float>::quiet_NaN();
    const auto again = apd::decomposition<apd_test::toy, apd::shared_components<5, 3>>::from(
        apd::parse_safetensors(apd::to_safetensors(failed.to_tensors()), "failed"));
    CHECK(again.failure == failed.failure);
    CHECK(again.history.empty());
    CHECK(std::isnan(again.learned.left[0][4]));
    CHECK(again.learned.right == result.learned.right);
    failed.failure.clear();
    CHECK_THROWS_WITH((apd::decomposition<apd_test::toy, apd::shared_components<5, 3>>::from(failed.to_tensors())),
                      Catch::Contains("tensor 'U.W' holds NaN or infinity"));
}
TEST_CASE("the same run gives the same bytes, for any number of threads") {
    const auto bytes = [](std::size_t threads) {
        const auto run =
            apd_test::toy_decomposition({.steps = 30, .batch = 700, .learning_rate = 1e-2, .log_every = 3}, 1, threads);
        return apd::to_safetensors(run.to_tensors()) + apd::summary(run);
    };
    const std::string once = bytes(1);
    CHECK(once == bytes(1));
    CHECK(once == bytes(2));
    CHECK(once == bytes(3));
}
TEST_CASE("a file that was damaged or written by hand is refused") {
    using loaded = apd::decomposition<apd_test::toy, apd::shared_components<5, 3>>;
    const auto changed = [](auto change) {
        auto file = result.to_tensors();
        change(file);
        return loaded::from(file);
    };
    using apd::tensors;
    CHECK_THROWS_WITH(changed([](tensors& f) { f.metadata()["batch"] = "12abc"; }),
                      "saved result: its 'batch' is '12abc'; save it again");
    CHECK_THROWS_AS(changed([](tensors& f) { f.metadata()["learning rate"] = "nan"; }), apd::error);
    CHECK_THROWS_AS(changed([](tensors& f) { f.metadata()["schedule"] = "sudden"; }), apd::error);
    CHECK_THROWS_AS(changed([](tensors& f) { f.metadata()["terms"] = "one"; }), apd::error);
    CHECK_THROWS_AS(changed([](tensors& f) {
                        f.set("history", {1, 6}, std::vector<double>{-1, 0, 0, 0, 0, 0});
                    }),
                    apd::error);
    CHECK_THROWS_AS(changed([](tensors& f) { f.set("history", {6}, std::vector<double>(6, 0.0)); }), apd::error);
}
TEST_CASE("every option of a run is saved") {
    auto changed = result;
    changed.options = {.steps = 7,
                       .batch = 9,
                       .learning_rate = 0.125,
                       .shape = apd::decay::exponential,
                       .warm_up = 0.25,
                       .half_life = 11,
                       .initial_scale = 2.5,
                       .columns = apd::column_norm::unit,
                       .seed = 12345678901234567ULL,
                       .log_every = 13};
    const auto again =
        apd::decomposition<apd_test::toy, apd::shared_components<5, 3>>::from(changed.to_tensors()).options;
    CHECK(again.steps == 7);
    CHECK(again.batch == 9);
    CHECK(again.learning_rate == 0.125);
    CHECK(again.shape == apd::decay::exponential);
    CHECK(again.warm_up == 0.25);
    CHECK(again.half_life == 11);
    CHECK(again.initial_scale == 2.5);
    CHECK(again.columns == apd::column_norm::unit);
    CHECK(again.seed == 12345678901234567ULL);
    CHECK(again.log_every == 13);
}
