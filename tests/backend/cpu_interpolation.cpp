// Functions of one number, read off polynomials through a few of their values.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/apd.hpp>

namespace {

constexpr std::size_t functions = 3;
// sin(s x + c): its eighth derivative is at most s⁸.
double wave(double sharpness, std::size_t c, double x) { return std::sin(sharpness * x + static_cast<double>(c)); }
double slope_of_wave(double sharpness, std::size_t c, double x) {
    return sharpness * std::cos(sharpness * x + static_cast<double>(c));
}

// What a device says of waves at numbers x, [B, C], of which some are the ends of their range.
template <class T>
struct interpolated_waves {
    using rows = apd::ext::array<apd::cpu, T, apd::extents<apd::dynamic, functions>>;
    static constexpr std::size_t batch = 1003;
    apd::cpu device;
    rows x{device, batch}, y{device, batch}, slope{device, batch}, g{device, batch};
    rows nodes{device, 256}, values{device, 256}, given{device, 256};
    apd::ext::array<apd::cpu, T, apd::extents<functions>> bound{device};
    apd::ext::array<apd::cpu, T, apd::extents<2, functions>> ranges{device};
    double sharpness;

    interpolated_waves(double s, T low, T high, std::size_t threads = 1) : device({.threads = threads}), sharpness(s) {
        for (std::size_t c = 0; c < functions; ++c) {
            for (std::size_t b = 0; b < batch; ++b) {
                const T along = static_cast<T>(b * 389 % batch) / static_cast<T>(batch - 1);
                at(x, b, c) = low + (high - low) * along * along;  // more of them at one end
                at(g, b, c) = static_cast<T>(std::cos(static_cast<double>(7 * b + c)));
            }
            (*bound).data[c] = static_cast<T>(std::pow(s, 8));
        }
    }
    static T& at(const rows& array, std::size_t b, std::size_t c) { return (*array).data[c * (*array).stride + b]; }
    std::size_t lay_nodes() { return device.lay_nodes(*x, *bound, *ranges, *nodes); }
    void interpolate(std::size_t count) {
        for (rows* const each : {&nodes, &values, &given}) each->resize(count);
        for (std::size_t c = 0; c < functions; ++c)
            for (std::size_t n = 0; n < count; ++n)
                at(values, n, c) = static_cast<T>(wave(sharpness, c, static_cast<double>(at(nodes, n, c))));
        device.interpolate(*x, *ranges, *values, *y, *slope);
        device.spread(*x, *ranges, *g, *given);
    }
};

template <class T>
void waves_are_read_off(double sharpness, T low, T high) {
    INFO("sharpness " << sharpness << ", x from " << low << " to " << high);
    interpolated_waves<T> waves(sharpness, low, high);
    const std::size_t count = waves.lay_nodes();
    REQUIRE(count > 0);
    REQUIRE(count % 8 == 0);
    waves.interpolate(count);
    const auto rounding = static_cast<double>(std::numeric_limits<T>::epsilon());
    double worst = 0, worst_slope = 0;
    for (std::size_t c = 0; c < functions; ++c) {
        double by_rows = 0, by_nodes = 0, size = 0;
        for (std::size_t b = 0; b < waves.batch; ++b) {
            const double at = static_cast<double>(waves.at(waves.x, b, c)),
                         y = static_cast<double>(waves.at(waves.y, b, c));
            worst = std::max(worst, std::abs(y - wave(sharpness, c, at)));
            worst_slope = std::max(worst_slope, std::abs(static_cast<double>(waves.at(waves.slope, b, c)) -
                                                         slope_of_wave(sharpness, c, at)));
            by_rows += y * static_cast<double>(waves.at(waves.g, b, c));
            size += std::abs(static_cast<double>(waves.at(waves.g, b, c)));
        }
        for (std::size_t n = 0; n < count; ++n)
            by_nodes +=
                static_cast<double>(waves.at(waves.values, n, c)) * static_cast<double>(waves.at(waves.given, n, c));
        CHECK(std::abs(by_rows - by_nodes) < 20 * rounding * size);  // spread is the adjoint
    }
    // What is left out of a value is 2 roundings at most; x itself is rounded, of which the function makes more.
    const double of_x = sharpness * std::max(std::abs(static_cast<double>(low)), std::abs(static_cast<double>(high)));
    CHECK(worst < (8 + 2 * of_x) * rounding);
    const double radius = apd::ext::detail::interpolation_radius(static_cast<T>(std::pow(sharpness, 8)));
    CHECK(worst_slope < 300 * (1 + of_x) * rounding / radius);  // roundings of values, by the distance of nodes
}

}  // namespace

TEST_CASE("functions of one number are read off polynomials to rounding, and their slopes") {
    for (const double sharpness : {0.5, 2., 5., 9.}) {  // from one piece to more than half of the most
        waves_are_read_off<float>(sharpness, -1, 1.5F);
        waves_are_read_off<float>(sharpness, -3, 0);
    }
    for (const double sharpness : {0.05, 0.5, 0.9}) waves_are_read_off<double>(sharpness, -1, 1.5);
}

TEST_CASE("where all numbers are the same, functions and their slopes are right too") {
    waves_are_read_off<float>(2, 0, 0);
    waves_are_read_off<float>(2, 0.75F, 0.75F);
    waves_are_read_off<double>(2, 0.75, 0.75);
}

TEST_CASE("there are no nodes where they would be too many, or where a number is not finite") {
    CHECK(interpolated_waves<float>(200, -1, 1).lay_nodes() == 0);
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        interpolated_waves<float> waves(1, -1, 1);
        waves.at(waves.x, 500, 1) = bad;
        CHECK(waves.lay_nodes() == 0);
        waves.at(waves.x, 500, 1) = 0;
        CHECK(waves.lay_nodes() > 0);
        (*waves.bound).data[2] = bad;
        CHECK(waves.lay_nodes() == 0);
    }
    interpolated_waves<float> few(1, -1, 1);
    few.x.resize(15);
    CHECK(few.lay_nodes() == 0);  // fewer than twice the nodes of a piece
    few.x.resize(1);
    CHECK(few.lay_nodes() == 0);
    few.x.resize(0);
    CHECK(few.lay_nodes() == 0);
}

TEST_CASE("what is read off is the same for any number of threads") {
    interpolated_waves<float> one(9, -1, 1.5F), three(9, -1, 1.5F, 3);
    const std::size_t count = one.lay_nodes();
    REQUIRE(three.lay_nodes() == count);
    one.interpolate(count), three.interpolate(count);
    for (std::size_t c = 0; c < functions; ++c) {
        for (std::size_t b = 0; b < one.batch; ++b) {
            REQUIRE(one.at(one.y, b, c) == three.at(three.y, b, c));
            REQUIRE(one.at(one.slope, b, c) == three.at(three.slope, b, c));
        }
        for (std::size_t n = 0; n < count; ++n) REQUIRE(one.at(one.given, n, c) == three.at(three.given, n, c));
    }
}
