// Small networks of one number: evaluated at every number, or read off between a few.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/apd.hpp>

using namespace apd::ext::literals;

namespace {

constexpr std::size_t count = 4, width = 16;

// What networks give, and what they learn, for `batch` numbers, all multiplied by `scale`.
template <class T>
struct evaluated_networks {
    using rows = apd::ext::array<apd::cpu, T, apd::extents<apd::dynamic, count>>;
    apd::cpu device{{.threads = 1}};
    apd::ext::trainable_parts<apd::cpu, T> parts{device, 7};
    rows h, q, g, dh;
    std::vector<double> all_q, all_dh;
    std::vector<std::vector<double>> gradients;

    // With `at_once` rows at a time: of fewer than 16 every number is a node of its own.
    evaluated_networks(std::size_t batch, double scale, std::size_t at_once)
        : h(device, at_once), q(device, at_once), g(device, at_once), dh(device, at_once) {
        const typename apd::ext::detail::number_networks<apd::cpu, T, width>::layers layers{
            parts.add("W", {count, 1, width}, std::sqrt(2.)), parts.add("b", {count, width}, 0.3),
            parts.add("V", {count, width, 1}, 0.25), parts.add("c", {count, 1}, 0.3)};
        apd::ext::detail::number_networks<apd::cpu, T, width> networks(device, count, at_once, layers);
        for (std::size_t first = 0; first < batch; first += at_once) {
            for (std::size_t b = 0; b < at_once; ++b)
                for (std::size_t c = 0; c < count; ++c) {
                    const double along = std::sin(static_cast<double>(31 * (first + b) + 5 * c));
                    at(h, b, c) = static_cast<T>(scale * along);
                    at(g, b, c) = static_cast<T>(std::cos(static_cast<double>(17 * (first + b) + c)));
                }
            networks.evaluate(device, *h, *q);
            networks.pullback(device, *h, *g, [&](const auto& gradient) { device(dh["bc"_i] = gradient); });
            for (std::size_t b = 0; b < at_once; ++b)
                for (std::size_t c = 0; c < count; ++c) {
                    all_q.push_back(static_cast<double>(at(q, b, c)));
                    all_dh.push_back(static_cast<double>(at(dh, b, c)));
                }
        }
        for (const auto& part : parts)
            gradients.emplace_back(part.gradient.data, part.gradient.data + part.gradient.batch);
    }
    static T& at(const rows& array, std::size_t b, std::size_t c) { return (*array).data[c * (*array).stride + b]; }
};

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

// Read off between nodes in T, against every number by itself in double.
template <class T>
void networks_are_read_off(double scale, double tolerance) {
    INFO("numbers up to " << scale);
    const evaluated_networks<T> together(2000, scale, 2000);
    const evaluated_networks<double> apart(2000, scale, 8);
    CHECK(largest_difference(together.all_q, apart.all_q) < tolerance);
    CHECK(largest_difference(together.all_dh, apart.all_dh) < 200 * tolerance);
    for (std::size_t i = 0; i < apart.gradients.size(); ++i) {
        INFO("gradient " << i);
        CHECK(largest_difference(together.gradients[i], apart.gradients[i]) < 500 * tolerance);  // of 2000 numbers
    }
}

}  // namespace

TEST_CASE("networks of one number are the same, to rounding, where they are read off between a few values") {
    for (const double scale : {0., 1e-3, 0.3, 1., 3.}) networks_are_read_off<float>(scale, 3e-6);
    for (const double scale : {0., 0.3, 1.}) networks_are_read_off<double>(scale, 1e-14);
}
