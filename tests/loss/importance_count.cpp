// How importances count: values and slopes at numbers, and gradients of losses of them by finite differences.

#include <cmath>
#include <utility>

#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

namespace {

using small_problem = apd_test::small_problem_of<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>;
const auto ci = apd::shared_importances<3>();

// φ and φ′ of one number.
std::pair<double, double> counted(const auto& count, double g, double number) {
    using namespace apd::ext::literals;
    apd::cpu device;
    apd::ext::array<apd::cpu, double, apd::extents<>> at(device), parameter(device), value(device), slope(device);
    device(at[""_i] = g, parameter[""_i] = number);
    count.template visit<double>(at[""_i], parameter[""_i], [&](const auto& phi, const auto& derivative) {
        device(value[""_i] = phi + apd::ext::constant(0.0), slope[""_i] = derivative + apd::ext::constant(0.0));
    });
    return {*(*value).data, *(*slope).data};
}
void slope_is_right(const auto& count, double g, double number) {
    INFO("of " << g << " at " << number);
    const double h = 1e-6;
    const double difference = (counted(count, g + h, number).first - counted(count, g - h, number).first) / (2 * h);
    CHECK(counted(count, g, number).second == Approx(difference).epsilon(1e-6).margin(1e-9));
}

}  // namespace

TEST_CASE("a power of an importance, and a smooth count of those that are not zero") {
    CHECK(counted(apd::lp_count({0.7, 0.7}), 0.3, 0.7).first == Approx(std::pow(0.3, 0.7)));
    CHECK(counted(apd::lp_count({1, 1}), 0.3, 1).first == Approx(0.3));
    CHECK(counted(apd::lp_count({2, 2}), 0.3, 2).first == Approx(0.09));
    const apd::smooth_l0 smooth({1, 0.01, 0, 100});
    CHECK(counted(smooth, 0.3, 0.5).first == Approx(0.09 / (0.09 + 0.25)));
    CHECK(counted(smooth, 0, 0.5).first == 0);
    CHECK(counted(smooth, 0.5, 0.01).first == Approx(1).margin(1e-3));
    CHECK(counted(apd::smooth_l0({1, 0.01, 0, 100}, true), 1, 0.5).first == Approx(1));
    for (const double g : {0.01, 0.3, 1.0, 1.002}) {
        slope_is_right(apd::lp_count({0.7, 0.7}), g, 0.7);
        slope_is_right(apd::lp_count({1, 1}), g, 1);
        slope_is_right(apd::lp_count({2, 2}), g, 2);
        for (const double width : {1.0, 0.3, 0.05}) {
            slope_is_right(smooth, g, width);
            slope_is_right(apd::smooth_l0({1, 0.01, 0, 100}, true), g, width);
        }
    }
}
TEST_CASE("losses of smooth counts have the gradient of their values") {
    const auto own = apd::private_importances<3>();
    apd_test::gradients_of_shape_are_right<apd_test::two_sites, apd_test::two_kinds, apd_test::tested_backend>(
        1 * apd::importance_minimality(own, apd::smooth_l0({0.4, 0.01, 0, 100}), 0.3) +
            1 * apd::importance_minimality(own, apd::smooth_l0({0.4, 0.01, 0, 100}, true)),
        [](auto& problem) { apd_test::lay_between_0_and_1(problem); });
}
TEST_CASE("widths of zero are refused") {
    small_problem small(5);
    const auto made = [&](apd::annealed width) {
        apd::ext::objective_step(small.problem, 1 * apd::importance_minimality(ci, apd::smooth_l0(width)));
    };
    CHECK_THROWS_WITH(made({1, 0, 0, 10}), Catch::Contains("its width goes from 1 to 0"));
    CHECK_THROWS_WITH(made({0, 1, 0, 10}), Catch::Contains("choose widths above 0"));
}
