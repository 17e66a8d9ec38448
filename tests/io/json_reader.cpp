#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include <apd/io/json_reader.hpp>

namespace {

/// Every token as a letter, with its text.
struct written : apd::ext::detail::json_events {
    std::string tokens;
    void take(apd::ext::detail::json_token token, std::string_view text) override {
        tokens += "{}[]ktn0b"[static_cast<std::size_t>(token)];
        tokens += text;
    }
};

std::string tokens_of(std::string_view text) {
    written events;
    const auto fault = apd::ext::detail::read_json(text, events);
    return events.tokens + (fault ? " fault at " + std::to_string(*fault) : "");
}

}  // namespace

TEST_CASE("JSON is read token by token, numbers as they stand there") {
    CHECK(tokens_of(R"( {"a": [1, -2.50e+99], "b": {"c": "d\n"}, "e": null, "f": [true, false]} )") ==
          "{ka[n1n-2.50e+99]kb{kctd\n}ke0kf[bb]}");
}

TEST_CASE("what is not JSON has a fault at a byte") {
    CHECK(tokens_of("{]") == "{ fault at 2");
    CHECK(tokens_of("") == " fault at 1");
    CHECK(tokens_of("{}{}") == "{} fault at 3");
    CHECK(tokens_of(std::string("{}") + '\0') == "{} fault at 3");
    CHECK(tokens_of("[\"\xFF\"]") == "[ fault at 3");
    CHECK(tokens_of(std::string(1'000'000, '[')).ends_with(" fault at 1000001"));
}
