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
    CHECK(file.names() == std::vector<std::string>{"U.W", "V.W", "components.W", "target.W", "target.b"});
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
