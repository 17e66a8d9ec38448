#include <locale>
#include <string>

#include <catch2/catch.hpp>

#include <apd/core/describe.hpp>

namespace {
struct silent {};
struct named {
    std::string text;
    std::string describe() const { return apd::ext::describe_call("named", text.size()); }
};
}  // namespace

TEST_CASE("a number describes itself as briefly as it was written") {
    CHECK(apd::describe(2) == "2");
    CHECK(apd::describe(0.7) == "0.7");
    CHECK(apd::describe(0.9F) == "0.9");
    CHECK(apd::describe(-1e-16) == "-1e-16");
    CHECK(apd::describe(std::size_t{300}) == "300");
}
TEST_CASE("numbers have a point in every language") {
    struct with_comma : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
        std::string do_grouping() const override { return "\3"; }
    };
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new with_comma));
    CHECK(apd::describe(0.211) == "0.211");
    CHECK(apd::describe(123456) == "123456");
    std::locale::global(before);
}
TEST_CASE("a node is described in its own words, or by what stands for a node without") {
    CHECK(apd::describe(named{"four"}) == "named(4)");
    CHECK(apd::describe(silent{}) == "(...)");
}
TEST_CASE("a call names its arguments in order") {
    CHECK(apd::ext::describe_call("top", named{"abc"}, 0.5, silent{}) == "top(named(3), 0.5, (...))");
    CHECK(apd::ext::describe_call("faithfulness") == "faithfulness()");
}
