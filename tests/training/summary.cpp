#include <limits>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <support/toy.hpp>

TEST_CASE("a summary holds what was asked for, what came out, and how it went") {
    const auto result = apd_test::toy_decomposition({.steps = 60,
                                                     .batch = 16,
                                                     .learning_rate = 1e-2,
                                                     .shape = apd::decay::cosine,
                                                     .warm_up = 0.1,
                                                     .seed = 4,
                                                     .log_every = 20});
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::string text =
        apd::summary(result, {{"MMCS", 0.998}, {"own", std::vector{1.0, 0.5}}, {"model", "a \"toy\""}, {"ratio", nan}});
    rapidjson::Document json;
    REQUIRE_FALSE(json.Parse(text.c_str()).HasParseError());
    CHECK(json["apd"].GetString() == std::string(apd::version));
    CHECK(json["components"].GetDouble() == 5);
    CHECK(json["scalar"].GetString() == std::string("float"));
    CHECK(json["seed"].GetDouble() == 4);
    CHECK(json["steps"].GetDouble() == 60);
    CHECK(json["completed steps"].GetDouble() == 60);
    CHECK(json["batch"].GetDouble() == 16);
    CHECK(json["learning rate"].GetDouble() == 1e-2);
    CHECK(json["schedule"].GetString() == std::string("cosine"));
    CHECK(json["warm-up"].GetDouble() == 0.1);
    CHECK(json["columns"].GetString() == std::string("free"));
    CHECK(json["objective"].GetString() == result.objective);
    CHECK(json["coefficients"]["simplicity"].GetDouble() == 0.1);
    CHECK(json["losses"]["minimality"].GetDouble() == result.history.back().values[1]);
    CHECK(json["losses"]["total"].GetDouble() == result.history.back().total);
    CHECK(json["findings"]["MMCS"].GetDouble() == 0.998);
    CHECK(json["findings"]["own"][1].GetDouble() == 0.5);
    CHECK(json["findings"]["model"].GetString() == std::string("a \"toy\""));
    CHECK(json["findings"]["ratio"].IsNull());
    REQUIRE(json["history"]["step"].Size() == 4);
    CHECK(json["history"]["step"][1].GetDouble() == 20);
    CHECK(json["history"]["step"][3].GetDouble() == 59);
    CHECK(json["history"]["faithfulness"].Size() == 4);
}
TEST_CASE("summaries of several runs are one JSON array") {
    const auto result = apd_test::toy_decomposition({.steps = 2, .batch = 16, .learning_rate = 1e-2});
    rapidjson::Document json;
    json.Parse(apd::summaries({apd::summary(result), apd::summary(result)}).c_str());
    REQUIRE(json.IsArray());
    REQUIRE(json.Size() == 2);
    CHECK(json[1]["steps"].GetDouble() == 2);
    CHECK(json.Parse(apd::summaries({}).c_str()).Empty());
}
