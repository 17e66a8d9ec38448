#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/io/json_writer.hpp>

TEST_CASE("members of an object, and of objects in it, are written in their order") {
    // [example json_writer]
    apd::ext::detail::compact_json json("run.json");
    json.add("steps", std::size_t{60});
    json.open("losses"), json.add("total", 0.5), json.close();
    // [/example]
    json.add("name", "a \"b\"\n");
    json.add("shape", std::vector<std::size_t>{2, 3});
    json.add("values", std::vector{1.0, 0.1, std::numeric_limits<double>::quiet_NaN()});
    CHECK(json.text() ==
          R"({"steps":60,"losses":{"total":0.5},"name":"a \"b\"\n","shape":[2,3],"values":[1,0.1,null]})");
}
TEST_CASE("an object for people has a member on each line and lists on one") {
    apd::ext::detail::pretty_json json("run.json");
    json.add("seed", std::numeric_limits<std::size_t>::max());
    json.open("history"), json.add("step", std::vector{0.0, 20.0}), json.close();
    CHECK(json.text() == "{\n  \"seed\": 18446744073709551615,\n  \"history\": {\n    \"step\": [0, 20]\n  }\n}");
}
TEST_CASE("names and texts that are not UTF-8 are refused, also where they end within a character") {
    std::string long_one(39, 'a');
    long_one += '\xF0';
    for (const std::string_view text :
         {std::string_view("\xFF"), std::string_view("b\xC3"), std::string_view(long_one)}) {
        apd::ext::detail::compact_json json("run.json");
        CHECK_THROWS_WITH(json.add("k", text), "run.json: a name or a text is not UTF-8; write it in UTF-8");
        apd::ext::detail::compact_json other("run.json");
        CHECK_THROWS_WITH(other.add(text, 1.0), "run.json: a name or a text is not UTF-8; write it in UTF-8");
    }
    apd::ext::detail::compact_json json("run.json");
    json.add("ä", "日本");
    CHECK(json.text() == R"({"ä":"日本"})");
}
TEST_CASE("a text of more than 100 MB is refused") {
    apd::ext::detail::compact_json json("run.json");
    CHECK_THROWS_WITH(json.add("k", std::string(100'000'001, '\n')),
                      "run.json: a text has 100000001 bytes, the most are 100 MB; shorten it");
}
