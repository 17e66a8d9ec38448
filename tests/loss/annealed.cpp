#include <cmath>

#include <catch2/catch.hpp>

#include <apd/apd.hpp>

TEST_CASE("a number is annealed along a straight line") {
    const apd::annealed p{.first = 2, .last = 0.5, .from = 10, .until = 20};
    CHECK(p.at(0) == 2);
    CHECK(p.at(10) == 2);
    CHECK(p.at(15) == Approx(1.25));
    CHECK(p.at(20) == 0.5);
    CHECK(p.at(1000) == 0.5);
    CHECK(p.describe() == "annealed(2, 0.5, 10, 20)");
    CHECK_FALSE(p.is_always(2));
    CHECK(apd::annealed{.first = 2, .last = 2}.is_always(2));
    CHECK_NOTHROW(apd::annealed{.first = 2, .last = 2}.check("test"));
    CHECK_NOTHROW(p.check("test"));
}
TEST_CASE("a number that changes from no step to a later one is refused") {
    CHECK_THROWS_WITH((apd::annealed{2, 0.4}).check("test"),
                      Catch::Contains("test: annealed(2, 0.4, 0, 0) changes from no step to a later one; say both"));
    CHECK_THROWS_AS((apd::annealed{0, 1, 10, 5}).check("test"), apd::error);
    CHECK_THROWS_WITH((apd::annealed{0, 1, 0, std::nan("")}).check("test"), Catch::Contains("is not finite"));
}
