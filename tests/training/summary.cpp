#include <catch2/catch.hpp>
#include <support/toy.hpp>

TEST_CASE("a summary holds what was asked for, what came out, and how it went") {
    const auto result = apd_test::toy_decomposition({.steps = 60,
                                                     .batch = 16,
                                                     .learning_rate = 1e-2,
                                                     .shape = apd::decay::cosine,
                                                     .warm_up = 0.1,
                                                     .seed = 4,
                                                     .log_every = 20});
    // Through a text and back, as a reader of the file sees it.
    const auto json = nlohmann::json::parse(apd::summary(result).dump());
    CHECK(json["apd"] == apd::version);
    CHECK(json["components"] == 5);
    CHECK(json["scalar"] == "float");
    CHECK(json["seed"] == 4);
    CHECK(json["steps"] == 60);
    CHECK(json["completed steps"] == 60);
    CHECK(json["batch"] == 16);
    CHECK(json["learning rate"] == 1e-2);
    CHECK(json["schedule"] == "cosine");
    CHECK(json["warm-up"] == 0.1);
    CHECK(json["columns"] == "free");
    CHECK(json["objective"] == result.objective);
    CHECK(json["coefficients"]["simplicity"] == 0.1);
    CHECK(json["losses"]["minimality"] == result.history.back().values[1]);
    CHECK(json["losses"]["total"] == result.history.back().total);
    CHECK(json["history"]["step"] == std::vector<int>{0, 20, 40, 59});
    CHECK(json["history"]["faithfulness"].size() == 4);
}
