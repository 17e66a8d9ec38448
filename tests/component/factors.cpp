#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/component/factors.hpp>

namespace {

using network = apd::network<apd::linear<"in", 80, 20>, apd::bias<"b", 20>, apd::linear<"out", 20, 60>>;
constexpr std::size_t C = 3;
using full = apd::factors<network, apd::shared_components<C, apd::full_rank>, double>;
using rank_3 = apd::factors<network, apd::shared_components<C, 3>, float>;

/// Numbers are normal with mean 0 and this deviation, to four standard errors of mean, variance and share within σ, and
/// some are in the tails.
template <class T>
void is_normal(const std::vector<T>& numbers, double deviation) {
    double sum = 0, squares = 0, within = 0;
    for (const T number : numbers) {
        const double z = static_cast<double>(number) / deviation;
        sum += z;
        squares += z * z;
        within += std::abs(z) < 1;
    }
    const auto n = static_cast<double>(numbers.size());
    CHECK(*std::ranges::max_element(numbers) > 2.2 * deviation);
    CHECK(*std::ranges::min_element(numbers) < -2.2 * deviation);
    CHECK(std::abs(sum / n) < 4 / std::sqrt(n));
    CHECK(std::abs(squares / n - 1) < 4 * std::sqrt(2 / n));
    CHECK(std::abs(within / n - 0.682689) < 4 * std::sqrt(0.682689 * 0.317311 / n));
}

}  // namespace

TEST_CASE("factors are zeros at first, one pair for each site") {
    const rank_3 zeros;
    CHECK(zeros.left.size() == 2);
    CHECK(zeros.left[0] == std::vector<float>(C * 80 * 3, 0));
    CHECK(zeros.right[0] == std::vector<float>(C * 3 * 20, 0));
    CHECK(zeros.right[1] == std::vector<float>(C * 3 * 60, 0));
}
TEST_CASE("random factors are normal with the deviation of the method") {
    // s √(2/((C + 1) d_in m)) and s √(2/((C + 1) m d_out)), s = 2
    const auto deviation = [](double m, double d) { return 2 * std::sqrt(2 / (4.0 * m * d)); };
    const auto some = full::random(7, 2);
    is_normal(some.left[0], deviation(20, 80));
    is_normal(some.right[0], deviation(20, 20));
    is_normal(some.left[1], deviation(20, 20));
    is_normal(some.right[1], deviation(20, 60));
    const auto of_rank_3 = rank_3::random(8, 2);
    is_normal(of_rank_3.left[0], deviation(3, 80));
    is_normal(of_rank_3.right[1], deviation(3, 60));
}
TEST_CASE("the same seed gives the same factors, another seed others, and the scale multiplies") {
    const auto first = full::random(7, 1), again = full::random(7, 1), twice = full::random(7, 2);
    const auto other = full::random(8, 1), far = full::random(7 + (std::uint64_t{1} << 32U), 1);
    CHECK(first.left == again.left);
    CHECK(first.right == again.right);
    for (std::size_t s = 0; s < 2; ++s) {
        CHECK(first.left[s] != other.left[s]);
        CHECK(first.right[s] != other.right[s]);
        CHECK(first.left[s] != far.left[s]);
    }
    for (std::size_t i = 0; i < 100; ++i) CHECK(twice.left[1][i] == 2 * first.left[1][i]);
}
TEST_CASE("no two factors share their random numbers") {
    const auto some = full::random(7, 1);
    const double first[] = {some.left[0][0] * std::sqrt(80), some.right[0][0] * std::sqrt(20),
                            some.left[1][0] * std::sqrt(20), some.right[1][0] * std::sqrt(60)};
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < i; ++j) CHECK(first[i] != Approx(first[j]).epsilon(1e-9));
}
TEST_CASE("factors are the first parts that are learned, U and V of every site, and come back from a backend") {
    apd_test::plain_backend device;
    apd::ext::trainable_parts<apd_test::plain_backend, float> parts(device, 0);
    using views = apd::ext::factor_views<apd_test::plain_backend, float, network, apd::shared_components<C, 3>>;
    const auto [values, gradients] = views::add_to(parts);
    constexpr auto in = apd::ext::site_in<network, apd::shared_components<C, 3>, 0>;
    constexpr auto out = apd::ext::site_in<network, apd::shared_components<C, 3>, 1>;
    const auto host = rank_3::random(3, 1);
    values.upload(device, host);
    CHECK(apd_test::on_host(device, values.left(out)) == host.left[1]);
    CHECK(apd_test::on_host(device, values.right(in)) == host.right[0]);
    rank_3 back;
    values.download(device, back);
    CHECK(back.left == host.left);
    CHECK(back.right == host.right);

    std::vector<const float*> seen,
        expected{values.left(in).data,  gradients.left(in).data,  values.right(in).data,  gradients.right(in).data,
                 values.left(out).data, gradients.left(out).data, values.right(out).data, gradients.right(out).data};
    std::vector<std::string> names;
    for (const auto& part : parts) {
        seen.push_back(part.value.data), seen.push_back(part.gradient.data);
        names.push_back(part.name);
    }
    CHECK(seen == expected);
    CHECK(names == std::vector<std::string>{"U.in", "V.in", "U.out", "V.out"});
}
TEST_CASE("of subcomponents every site has its own, of rank 1") {
    apd::factors<network, apd::subcomponents<4, 7>, double> some =
        apd::factors<network, apd::subcomponents<4, 7>, double>::random(1, 1);
    CHECK(some.left[0].size() == 4 * 80);
    CHECK(some.right[0].size() == 4 * 20);
    CHECK(some.left[1].size() == 7 * 20);
    CHECK(some.right[1].size() == 7 * 60);
    is_normal(some.left[0], 1 / std::sqrt(80.0));
    is_normal(some.right[1], 1 / std::sqrt(7.0));
}
TEST_CASE("tied factors are one array, each with a gradient of its own") {
    using toy = apd::network<apd::linear<"in", 8, 3>, apd::linear<"out", 3, 8>>;
    using tied = apd::tied_factors<apd::subcomponents<4>, 1, 0>;
    const auto random = apd::factors<toy, tied, double>::random(1, 1);
    CHECK(random.left[1] == random.right[0]);
    CHECK(random.right[1] == random.left[0]);
    apd_test::serial device;
    apd::ext::problem<apd_test::serial, double, toy, tied> problem(device, apd::parameters<toy, double>{}, 2);
    problem.factors.upload_random(device, 1, 1);
    auto found = random;
    problem.factors.download(device, found);
    CHECK(found.left == random.left);
    CHECK(found.right == random.right);
    const auto& parts = problem.parts;
    const auto part = [&](long i) { return *(parts.begin() + i); };
    CHECK(part(0).value.data == part(3).value.data);
    CHECK(part(1).value.data == part(2).value.data);
    CHECK(part(0).gradient.data != part(3).gradient.data);
}
