// That derivatives are derivatives is tested in laws/layers.cpp and laws/networks.cpp.

#include <cmath>
#include <tuple>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/network/attention.hpp>

namespace {

using numbers = std::vector<double>;

template <class Layer, class Device>
numbers output(const numbers& samples) {
    Device device{};
    const std::size_t count = samples.size() / Layer::inputs;
    const apd::ext::array<Device, double, apd::extents<apd::dynamic, Layer::inputs>> x(device, count);
    const apd::ext::array<Device, double, apd::extents<apd::dynamic, Layer::outputs()>> y(device, count);
    const apd::ext::array<Device, double, apd::extents<apd::dynamic, Layer::workspace(Layer::inputs)>> workspace(device,
                                                                                                                 count);
    device.upload(std::span(samples), *x);
    Layer::forward(device, apd::ext::no_parameter{}, *x, *y, *workspace);
    return apd_test::on_host(device, *y);
}

}  // namespace

static_assert(apd::ext::layer_with_workspace<apd::attention<3, 2, 2>> &&
              !apd::ext::parametrised_layer<apd::attention<3, 2, 2>>);
static_assert(apd::attention<3, 2, 4>::inputs == 3 * 3 * 8 && apd::attention<3, 2, 4>::outputs() == 3 * 8);
static_assert(std::is_same_v<apd::self_attention<"qkv", "out", 4, 6, 2, 5>::parts,
                             std::tuple<apd::linear<"qkv", 6, 30, 4>, apd::attention<4, 2, 5>,  //
                                        apd::linear<"out", 10, 6, 4>>>);

TEST_CASE("a position reads the values of all, weighted by how well its query meets their keys") {
    constexpr std::size_t B = 4, positions = 3, heads = 2, size = 2;
    const auto x = apd_test::random_numbers(B * positions * 3 * heads * size, 8);
    // Entry d of the query (0), key (1) or value (2) of a head at a position.
    const auto at = [&](std::size_t b, std::size_t t, std::size_t which, std::size_t h, std::size_t d) {
        return x[(((b * positions + t) * 3 + which) * heads + h) * size + d];
    };
    numbers expected;
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t t = 0; t < positions; ++t)
            for (std::size_t h = 0; h < heads; ++h) {
                double weights = 0, read[size] = {};
                for (std::size_t s = 0; s < positions; ++s) {
                    double score = 0;
                    for (std::size_t d = 0; d < size; ++d) score += at(b, t, 0, h, d) * at(b, s, 1, h, d);
                    const double weight = std::exp(score / std::sqrt(2.0));
                    weights += weight;
                    for (std::size_t d = 0; d < size; ++d) read[d] += weight * at(b, s, 2, h, d);
                }
                for (const double number : read) expected.push_back(number / weights);
            }
    const auto found = output<apd::attention<positions, heads, size>, apd_test::tested_backend>(x);
    CHECK_THAT(found, Catch::Matchers::Approx(expected).margin(1e-14));
}
TEST_CASE("huge scores do not overflow") {
    // Two positions of one head of size 1: query, key, value of each.
    constexpr double huge = 1e100;
    const auto read = output<apd::attention<2, 1, 1>, apd_test::tested_backend>;
    CHECK(read({huge, huge, 1, -huge, 0, 3}) == numbers{1, 3});      // scores (huge², 0) and (−huge², 0)
    CHECK(read({huge, huge, 1, -huge, huge, 3}) == numbers{2, 2});   // each the same
    CHECK(read({huge, -huge, 1, huge, -huge, 3}) == numbers{2, 2});  // each the same, and far below 0
}
