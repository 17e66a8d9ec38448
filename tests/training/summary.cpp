#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidjson/reader.h>
#include <support/toy.hpp>

namespace {
void check_is_json(const std::string& text) {
    rapidjson::StringStream stream(text.c_str());
    rapidjson::Reader reader;
    rapidjson::BaseReaderHandler<> ignore;
    CHECK_FALSE(reader.Parse(stream, ignore).IsError());
}
}  // namespace

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
    check_is_json(text);
    const auto has = [&](const std::string& member) { return text.find("\n  " + member) != std::string::npos; };
    CHECK(has("\"apd\": \"" + std::string(apd::version) + "\",\n"));
    CHECK(has("\"components\": 5,\n"));
    CHECK(has("\"scalar\": \"float\",\n"));
    CHECK(has("\"seed\": 4,\n"));
    CHECK(has("\"planned steps\": 60,\n"));
    CHECK(has("\"completed steps\": 60,\n"));
    CHECK(has("\"batch\": 16,\n"));
    CHECK(has("\"learning rate\": 0.01,\n"));
    CHECK(has("\"schedule\": \"cosine\",\n"));
    CHECK(has("\"warm-up\": 0.1,\n"));
    CHECK(has("\"columns\": \"free\",\n"));
    CHECK(has("\"objective\": \"" + result.objective + "\",\n"));
    CHECK(has("  \"simplicity\": 0.1\n  },\n"));
    CHECK(has("  \"MMCS\": 0.998,\n"));
    CHECK(has("  \"own\": [1, 0.5],\n"));
    CHECK(has("  \"model\": \"a \\\"toy\\\"\",\n"));
    CHECK(has("  \"ratio\": null\n  },\n"));
    CHECK(has("  \"step\": [0, 20, 40, 59],\n"));
    const auto value_in = [&](const std::string& object, const std::string& name) {
        const std::string member = "\n    \"" + name + "\": ";
        const std::size_t at = text.find(member, text.find("\"" + object + "\": {"));
        REQUIRE(at != std::string::npos);
        const std::size_t begin = at + member.size();
        return text.substr(begin, text.find('\n', begin) - begin);
    };
    // The last losses, to the last digit.
    for (std::size_t i = 0; i < result.terms.size(); ++i)
        CHECK(std::stod(value_in("losses", result.terms[i])) == result.history.back().values[i]);
    CHECK(std::stod(value_in("losses", "total")) == result.history.back().total);
    const std::string recorded = value_in("history", "faithfulness");
    CHECK(std::count(recorded.begin(), recorded.end(), ',') == 3 + 1);  // of four numbers, and of the next member
}
TEST_CASE("a summary tells of a failure, and of no seconds, which are other ones the next time") {
    apd::run_record run;
    run.terms = {"faithfulness"}, run.coefficients = {1}, run.seconds = 12.5;
    CHECK(apd::ext::detail::summary_of(run, 5, "float", {}).find("failure") == std::string::npos);
    run.failure = "the term 'faithfulness' became NaN by step 20";
    const std::string text = apd::ext::detail::summary_of(run, 5, "float", {});
    check_is_json(text);
    CHECK(text.find("\n  \"failure\": \"the term 'faithfulness' became NaN by step 20\",\n") != std::string::npos);
    CHECK(text.find("12.5") == std::string::npos);
}
TEST_CASE("terms of one name are told apart") {
    apd::run_record run;
    run.terms = {"minimality", "faithfulness", "minimality"};
    run.coefficients = {1, 2, 3};
    const std::string text = apd::ext::detail::summary_of(run, 5, "float", {});
    check_is_json(text);
    CHECK(text.find("{\n    \"minimality\": 1,\n    \"faithfulness\": 2,\n    \"minimality 2\": 3\n  }") !=
          std::string::npos);
}
TEST_CASE("summaries of several runs are one JSON array") {
    const auto result = apd_test::toy_decomposition({.steps = 2, .batch = 16, .learning_rate = 1e-2});
    const std::string one = apd::summary(result);
    CHECK(apd::summaries({one, one}) == "[\n" + one + ",\n" + one + "\n]\n");
    check_is_json(apd::summaries({one, one}));
    check_is_json(apd::summaries({}));
}
