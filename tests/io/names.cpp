#include <string>

#include <catch2/catch.hpp>

#include <apd/io/names.hpp>

TEST_CASE("rules are applied in turn") {
    // [example names]
    const apd::names rules({{"model.", ""}, {"layers.{}.fc.weight", "W{}"}, {"embed.weight", "E", apd::stored_in_out}});
    const std::string name = rules.renamed("model.layers.0.fc.weight").name;  // "W0"
    // [/example]
    CHECK(name == "W0");
    CHECK(rules.renamed("layers.12.fc.weight").name == "W12");
    CHECK(rules.renamed("model.embed.weight").name == "E");
    CHECK(rules.renamed("model.embed.weight").order == apd::stored_in_out);
    CHECK(rules.renamed("layers.0.fc.weight").order == apd::matrix_order::unsaid);
    CHECK(rules.renamed("other").name == "other");
    CHECK(apd::names().renamed("a.b").name == "a.b");
}

TEST_CASE("one rule alone needs no more braces than several") {
    CHECK(apd::names({{"model.layers.{}.", "h.{}."}}).renamed("model.layers.3.fc.weight").name == "h.3.fc.weight");
    CHECK(apd::names({{"fc.weight", "W"}}).renamed("fc.weight").name == "W");
}

TEST_CASE("a rule holds for the whole words that a name begins with") {
    const apd::names rules({{"fc", "W"}});
    CHECK(rules.renamed("fc").name == "W");
    CHECK(rules.renamed("fc.weight").name == "W.weight");
    CHECK(rules.renamed("fc2.weight").name == "fc2.weight");
    CHECK(rules.renamed("a.fc").name == "a.fc");
    CHECK(apd::names({{"fc.weight", "W"}}).renamed("fc.weight_scale").name == "fc.weight_scale");
}

TEST_CASE("no beginning at all puts a prefix before every name") {
    CHECK(apd::names({{"", "target."}}).renamed("fc.weight").name == "target.fc.weight");
    CHECK(apd::names({{"", "target."}}).renamed("").name == "target.");
}

TEST_CASE("braces stand for letters without a dot, and give them back in order") {
    const apd::names rules({{"{}.{}.weight", "{}/{}"}});
    CHECK(rules.renamed("layers.mlp_in.weight").name == "layers/mlp_in");
    CHECK(rules.renamed("mlp_in.weight").name == "mlp_in.weight");
    CHECK(rules.renamed("a.b.c.weight").name == "a.b.c.weight");
    CHECK(apd::names({{"linear{}.weight", "W{}"}}).renamed("linear10.weight").name == "W10");
    CHECK(apd::names({{"linear{}.weight", "W{}"}}).renamed("linear.weight").name == "linear.weight");
    CHECK(apd::names({{"h{}_{}.w", "{}.{}"}}).renamed("h1_2_3.w").name == "1_2.3");  // the first takes what it can
    CHECK(apd::names({{"layers.{}.weight", "W"}}).renamed("layers.1.weight").name == "W");
    CHECK(apd::names({{"{}", "x"}}).renamed("abc.d").name == "x.d");
}

TEST_CASE("a name that asks for more pieces than there are is an error") {
    CHECK_THROWS_MATCHES(
        (apd::names({{"model.{}.", "h.{}.{}."}})), apd::error,
        Catch::Message("names: 'h.{}.{}.' has more {} than 'model.{}.'; write no more than there are"));
}
