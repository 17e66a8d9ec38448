#include <cmath>
#include <cstddef>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>

#include <apd/apd.hpp>

using toy = apd::network<apd::linear<"A", 4, 3>, apd::linear<"B", 3, 4>>;

TEST_CASE("every component is as like the closest one of another run as their matrices are") {
    apd::decomposition<toy, apd::subcomponents<3, 2>> a;
    apd::decomposition<toy, apd::shared_components<4, 2>> b;
    a.learned = decltype(a.learned)::random(1, 1);
    b.learned = decltype(b.learned)::random(2, 1);
    const auto found = apd::closest_components<0>(a, b);
    const auto p = a.component_at<0>(), q = b.component_at<0>();
    REQUIRE(found.size() == 3);
    for (std::size_t c = 0; c < 3; ++c) {
        double closest = 0;
        for (std::size_t d = 0; d < 4; ++d) {
            double product = 0, of_p = 0, of_q = 0;
            for (std::size_t i = 0; i < 4; ++i)
                for (std::size_t o = 0; o < 3; ++o) {
                    product += static_cast<double>(p(c, i, o)) * static_cast<double>(q(d, i, o));
                    of_p += std::pow(p(c, i, o), 2), of_q += std::pow(q(d, i, o), 2);
                }
            closest = std::max(closest, std::abs(product) / std::sqrt(of_p * of_q));
        }
        CHECK(found[c] == Approx(closest).epsilon(1e-5));
    }
}
TEST_CASE("a run is like itself, whatever the signs and lengths of its factors are, and nothing is like zero") {
    apd::decomposition<toy, apd::subcomponents<3, 2>> a;
    a.learned = decltype(a.learned)::random(1, 1);
    auto b = a;
    for (float& u : b.learned.left[1]) u *= -3;
    for (float& u : a.learned.left[0]) u = 0;
    for (const double alike : apd::closest_components<1>(a, b)) CHECK(alike == Approx(1));
    for (const double alike : apd::closest_components<0>(a, b)) CHECK(alike == 0);
}
