// A stream of width 3 that two residual blocks write to, one linear and one not, against products by plain loops. Maps
// at work are tested in laws/networks.cpp.

#include <array>
#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/attribution/link_maps.hpp>
#include <apd/backend/cpu.hpp>

namespace {

// Places: 0 input, 1 embedded, 2 x A, 3 the stream behind the first block, 4 given to relu, 5 its result, 6 written
// back, 7 the stream behind the second block, 8 output. Sources: 0 and 5.
using network = apd::network<apd::frozen<apd::linear<"E", 2, 3>>,                                     //
                             apd::residual<apd::linear<"A", 3, 3>>,                                   //
                             apd::residual<apd::linear<"B", 3, 2>, apd::relu, apd::transposed<"B">>,  //
                             apd::frozen<apd::linear<"U", 3, 2>>>;
constexpr std::size_t C = 3;
template <class Device>
using problem = apd::problem<Device, double, network, C, 1>;

struct matrix {
    std::size_t rows, columns;
    std::vector<double> entries;
};
matrix operator*(const matrix& a, const matrix& b) {
    matrix product{a.rows, b.columns, std::vector<double>(a.rows * b.columns, 0.0)};
    for (std::size_t i = 0; i < a.rows; ++i)
        for (std::size_t k = 0; k < a.columns; ++k)
            for (std::size_t j = 0; j < b.columns; ++j)
                product.entries[i * b.columns + j] += a.entries[i * a.columns + k] * b.entries[k * b.columns + j];
    return product;
}
matrix operator+(matrix a, const matrix& b) {
    for (std::size_t i = 0; i < a.entries.size(); ++i) a.entries[i] += b.entries[i];
    return a;
}
matrix transpose(const matrix& a) {
    matrix turned{a.columns, a.rows, a.entries};
    for (std::size_t i = 0; i < a.rows; ++i)
        for (std::size_t j = 0; j < a.columns; ++j) turned.entries[j * a.rows + i] = a.entries[i * a.columns + j];
    return turned;
}

/// Integers, so that sums are exact: the matrices of the network, and components of its sites.
template <class Device>
struct fixture {
    Device device{};
    apd::device_parameters<Device, double, network> weights{device};
    apd::array<Device, double, apd::extents<C, 3, 3>> each_a{device};
    apd::array<Device, double, apd::extents<C, 3, 2>> each_b{device};
    matrix e, a, b, u;
    std::array<matrix, C> component_a, component_b;

    fixture() { fill(1); }
    void fill(std::uint64_t seed) {
        e = filled(2, 3, seed, weights.template at<0>());
        a = filled(3, 3, seed + 1, weights.template at<1>());
        b = filled(3, 2, seed + 2, weights.template at<2>());
        u = filled(3, 2, seed + 3, weights.template at<3>());
        for (std::size_t c = 0; c < C; ++c) {
            component_a[c] = filled(3, 3, seed + 10 + c, (*each_a)(c));
            component_b[c] = filled(3, 2, seed + 20 + c, (*each_b)(c));
        }
    }
    matrix filled(std::size_t rows, std::size_t columns, std::uint64_t seed, const auto& array) {
        matrix m{rows, columns, apd_test::integers<double>(rows * columns, seed)};
        device.upload(std::span<const double>(m.entries), array);
        return m;
    }
    auto matrices() const {
        return [this](auto l) {
            const auto value = weights.template view_of<l>().value;
            return apd::view<const double, typename decltype(value)::shape>(value);
        };
    }
    auto components() const {
        return [this](auto l) {
            if constexpr (l == 1) return *each_a;
            else return *each_b;
        };
    }
    void is(const auto& found, const matrix& expected) { CHECK(apd_test::on_host(device, found) == expected.entries); }
    /// The direction of every component.
    void are(const auto& found, auto expected) {
        std::vector<double> all;
        for (std::size_t c = 0; c < C; ++c) {
            const matrix direction = expected(component_a[c], component_b[c]);
            all.insert(all.end(), direction.entries.begin(), direction.entries.end());
        }
        CHECK(apd_test::on_host(device, found) == all);
    }
};

}  // namespace

TEST_CASE("maps are products of the matrices on every way from a source, directions their derivatives") {
    fixture<apd_test::tested_backend> f;
    apd::link_maps<problem<apd_test::tested_backend>> maps;
    for (const std::uint64_t seed : {100U, 200U}) {  // the maps of one step are not those of the next
        f.fill(seed);
        maps.evaluate(f.device, f.matrices(), f.components());
        const matrix stream = f.e + f.e * f.a;
        f.is(maps.template value<0, 1>(), f.e);
        f.is(maps.template value<0, 2>(), f.e * f.a);
        f.is(maps.template value<0, 3>(), stream);
        f.are(maps.template direction<0, 2>(), [&](const matrix& pa, const matrix&) { return f.e * pa; });
        f.are(maps.template direction<0, 3>(), [&](const matrix& pa, const matrix&) { return f.e * pa; });
        f.are(maps.template direction<0, 4>(),
              [&](const matrix& pa, const matrix& pb) { return f.e * pa * f.b + stream * pb; });
        f.are(maps.template direction<0, 7>(), [&](const matrix& pa, const matrix&) { return f.e * pa; });
        f.are(maps.template direction<0, 8>(), [&](const matrix& pa, const matrix&) { return f.e * pa * f.u; });

        f.is(maps.template value<5, 6>(), transpose(f.b));
        f.is(maps.template value<5, 7>(), transpose(f.b));
        f.is(maps.template value<5, 8>(), transpose(f.b) * f.u);
        f.are(maps.template direction<5, 6>(), [](const matrix&, const matrix& pb) { return transpose(pb); });
        f.are(maps.template direction<5, 8>(), [&](const matrix&, const matrix& pb) { return transpose(pb) * f.u; });
    }
}
TEST_CASE("maps that no site and no tangent needs are not computed, nor directions that are zero") {
    fixture<apd_test::plain_backend> f;
    apd::link_maps<problem<apd_test::plain_backend>> maps;
    maps.evaluate(f.device, f.matrices(), f.components());
    CHECK(maps.value<0, 4>().data == nullptr);  // to the relu, whose sources are the same in every direction
    CHECK(maps.value<0, 8>().data == nullptr);
    CHECK(maps.value<0, 6>().data == nullptr);  // behind the relu
    CHECK(maps.value<5, 4>().data == nullptr);  // before it
    CHECK(maps.direction<0, 1>().data == nullptr);
}
TEST_CASE("without directions all maps are computed") {
    fixture<apd_test::tested_backend> f;
    apd::link_maps<problem<apd_test::tested_backend>, apd::link_content::values> maps;
    for (const std::uint64_t seed : {100U, 200U}) {
        f.fill(seed);
        maps.evaluate(f.device, f.matrices());
        const matrix stream = f.e + f.e * f.a;
        f.is(maps.template value<0, 3>(), stream);
        f.is(maps.template value<0, 4>(), stream * f.b);
        f.is(maps.template value<0, 7>(), stream);
        f.is(maps.template value<0, 8>(), stream * f.u);
        f.is(maps.template value<5, 8>(), transpose(f.b) * f.u);
        CHECK(maps.template direction<0, 4>().data == nullptr);
    }
}

// Multiply-adds by hand: E A; A's and B's components, each behind E or the stream; its own by B and by U; from the relu
// Bᵀ U and the components' by U.
static_assert(apd::link_maps<problem<apd_test::plain_backend>>::cost() ==
              2 * 3 * 3 + C * (2 * 3 * 3) + 2 * C * (2 * 3 * 2) + C * (2 * 3 * 2) + 2 * 3 * 2 + C * (2 * 3 * 2));
