#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>

#include <apd/analysis/attention_pattern.hpp>

namespace {

// Two heads of two numbers, one key and value; then attention to all positions by one head of one number.
constexpr std::size_t length = 3;
using two_heads = apd::causal_attention<length, 2, 2, 1>;
using reader = apd::attention<length, 1, 1>;
using net = apd::network<apd::linear<"qkv", 2, 8>, two_heads, apd::linear<"next", 4, 3>, reader>;

apd::parameters<net, double> weights() {
    apd::parameters<net, double> some;
    for (std::size_t i = 0; auto& number : some.get<"qkv">()) number = std::sin(1.0 + static_cast<double>(i++));
    for (std::size_t i = 0; auto& number : some.get<"next">()) number = std::cos(2.0 * static_cast<double>(i++));
    return some;
}
// Two sequences, and more of them than are computed at once.
xt::xtensor<double, 2> rows(std::size_t sequences) {
    auto x = xt::xtensor<double, 2>::from_shape({sequences * length, 2});
    for (std::size_t i = 0; auto& number : x) number = std::sin(3.0 * static_cast<double>(i++));
    return x;
}
// exp(q[t]·k[s]/√size), as shares of their sum over the positions s that t reads from.
double share(const xt::xtensor<double, 2>& q, const xt::xtensor<double, 2>& k, std::size_t t, std::size_t s, bool all) {
    const auto score = [&](std::size_t from) {
        double sum = 0;
        for (std::size_t d = 0; d < q.shape(1); ++d) sum += q(t, d) * k(from, d);
        return std::exp(sum / std::sqrt(static_cast<double>(q.shape(1))));
    };
    const std::size_t begin = t / length * length;
    double whole = 0;
    for (std::size_t from = begin; from < (all ? begin + length : t + 1); ++from) whole += score(from);
    return all || s <= t ? score(s) / whole : 0;
}
// Columns first, …, first + count − 1 of x W.
xt::xtensor<double, 2> product(const xt::xtensor<double, 2>& x, std::span<const double> w, std::size_t width,
                               std::size_t first, std::size_t count) {
    xt::xtensor<double, 2> y = xt::zeros<double>({x.shape(0), count});
    for (std::size_t n = 0; n < x.shape(0); ++n)
        for (std::size_t i = 0; i < x.shape(1); ++i)
            for (std::size_t o = 0; o < count; ++o) y(n, o) += x(n, i) * w[i * width + first + o];
    return y;
}

}  // namespace

TEST_CASE("an attention pattern is the softmax of queries times keys") {
    apd_test::tested_backend device;
    const auto target = weights();
    const auto x = rows(400);
    const auto p = apd::attention_pattern(device, target, x);
    CHECK(p.shape() == std::array<std::size_t, 3>{1200, 2, length});
    const auto w = std::span<const double>(target.get<"qkv">());
    const auto k = product(x, w, 8, 4, 2);
    for (std::size_t h = 0; h < 2; ++h) {
        const auto q = product(x, w, 8, 2 * h, 2);
        for (const std::size_t t : {0U, 1U, 2U, 4U, 1025U, 1199U})
            for (std::size_t s = 0; s < length; ++s)
                CHECK(p(t, h, s) == Approx(share(q, k, t, t / length * length + s, false)).margin(1e-12));
    }
}
TEST_CASE("attention patterns of a later layer") {
    apd_test::tested_backend device;
    const auto target = weights();
    const auto x = rows(2);
    const auto first = apd::attention_pattern(device, target, x);
    xt::xtensor<double, 2> y = xt::zeros<double>({x.shape(0), std::size_t{4}});
    const auto v = product(x, target.get<"qkv">(), 8, 6, 2);
    for (std::size_t t = 0; t < x.shape(0); ++t)
        for (std::size_t h = 0; h < 2; ++h)
            for (std::size_t s = 0; s < length; ++s)
                for (std::size_t d = 0; d < 2; ++d) y(t, 2 * h + d) += first(t, h, s) * v(t / length * length + s, d);
    const auto q = product(y, target.get<"next">(), 3, 0, 1), k = product(y, target.get<"next">(), 3, 1, 1);
    const auto p = apd::attention_pattern<1>(device, target, x);
    for (std::size_t t = 0; t < x.shape(0); ++t)
        for (std::size_t s = 0; s < length; ++s)
            CHECK(p(t, 0, s) == Approx(share(q, k, t, t / length * length + s, true)));
}
TEST_CASE("attention patterns are those of whole sequences") {
    using Catch::Matchers::Contains;
    apd_test::tested_backend device;
    CHECK_THROWS_WITH(apd::attention_pattern(device, weights(), xt::xtensor<double, 2>(xt::zeros<double>({4, 2}))),
                      Contains("4 rows are no whole number of sequences of 3 positions"));
    CHECK_THROWS_WITH(apd::attention_pattern(device, weights(), xt::xtensor<double, 2>(xt::zeros<double>({3, 5}))),
                      Contains("another shape"));
    CHECK_THROWS_WITH(apd::attention_pattern(device, weights(), xt::xtensor<double, 2>(xt::zeros<double>({0, 2}))),
                      Contains("another shape"));
}
