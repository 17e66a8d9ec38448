// That derivatives are derivatives is tested in laws/layers.cpp and laws/language.cpp.

#include <cmath>
#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <support/layer_output.hpp>

#include <apd/network/positions.hpp>

TEST_CASE("every position of a sequence adds numbers of its own") {
    const auto found =
        apd_test::layer_output<apd::learned_positions<"p", 2, 2>, 2>({1, 2, 3, 4, 5, 6, 7, 8}, {10, 20, 30, 40});
    CHECK(found == std::vector<double>{11, 22, 33, 44, 15, 26, 37, 48});
}
TEST_CASE("sines and cosines of positions are added to each of some parts") {
    const std::vector<double> zeros(2 * 3 * 9);
    const auto found = apd_test::layer_output<apd::sinusoidal_positions<3, 4, 2, 1>, 9>(zeros);
    for (std::size_t row = 0; row < 6; ++row) {
        const auto t = static_cast<double>(row % 3);
        const std::vector<double> part{std::sin(t), std::cos(t), std::sin(t / 100), std::cos(t / 100)};
        for (std::size_t i = 0; i < 8; ++i) CHECK(found[row * 9 + i] == Approx(part[i % 4]).margin(1e-15));
        CHECK(found[row * 9 + 8] == 0);
    }
}
TEST_CASE("queries and keys are turned so that their product knows only how far they are apart") {
    // A head of 4 numbers that is turned and one that is not, at 5 positions.
    std::vector<double> rows;
    for (std::size_t t = 0; t < 5; ++t) rows.insert(rows.end(), {1, -2, 0.5, 3, 9, 8, 7, 6});
    const auto found = apd_test::layer_output<apd::rotary<5, 1, 4, 1>, 8>(rows);
    const auto product = [&](std::size_t t, std::size_t s) {
        double sum = 0;
        for (std::size_t i = 0; i < 4; ++i) sum += found[t * 8 + i] * found[s * 8 + i];
        return sum;
    };
    CHECK(product(4, 3) == Approx(product(1, 0)));
    CHECK(product(4, 1) == Approx(product(3, 0)));
    CHECK(std::abs(product(4, 1) - product(4, 3)) > 0.1);
    // Entry 0 and its partner, entry 2, by an angle of 1 a position; entries 1 and 3 by 1/100.
    CHECK(found[8] == Approx(std::cos(1.0) - 0.5 * std::sin(1.0)));
    CHECK(found[10] == Approx(0.5 * std::cos(1.0) + std::sin(1.0)));
    CHECK(found[9] == Approx(-2 * std::cos(0.01) - 3 * std::sin(0.01)));
    for (std::size_t i = 4; i < 8; ++i) CHECK(found[32 + i] == rows[32 + i]);
}
TEST_CASE("only the last position of a sequence is let through") {
    const auto found = apd_test::layer_output<apd::last_position<2>, 2>({1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(found == std::vector<double>{0, 0, 3, 4, 0, 0, 7, 8});
}
