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
using problem = apd::ext::problem<Device, double, network, apd::shared_components<C, 1>>;

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

/// Integers, so that sums are exact: the matrices of the network, and factors of its sites.
template <class Device>
struct fixture {
    Device device{};
    apd::ext::device_parameters<Device, double, network> weights{device};
    apd::ext::array<Device, double, apd::extents<C, 3, 1>> left_a{device}, left_b{device};
    apd::ext::array<Device, double, apd::extents<C, 1, 3>> right_a{device};
    apd::ext::array<Device, double, apd::extents<C, 1, 2>> right_b{device};
    matrix e, a, b, u;
    std::array<matrix, C> component_a, component_b;

    fixture() { fill(1); }
    void fill(std::uint64_t seed) {
        e = filled(2, 3, seed, weights.template at<0>());
        a = filled(3, 3, seed + 1, weights.template at<1>());
        b = filled(3, 2, seed + 2, weights.template at<2>());
        u = filled(3, 2, seed + 3, weights.template at<3>());
        for (std::size_t c = 0; c < C; ++c) {
            component_a[c] = filled(3, 1, seed + 10 + c, (*left_a)(c)) * filled(1, 3, seed + 20 + c, (*right_a)(c));
            component_b[c] = filled(3, 1, seed + 30 + c, (*left_b)(c)) * filled(1, 2, seed + 40 + c, (*right_b)(c));
        }
    }
    matrix filled(std::size_t rows, std::size_t columns, std::uint64_t seed, const auto& array) {
        matrix m{rows, columns, apd_test::integers<double>(rows * columns, seed)};
        device.upload(std::span<const double>(m.entries), array);
        return m;
    }
    auto matrices() const {
        return [this](auto layer) {
            const auto value = weights.view_of(layer).value;
            return apd::ext::view<const double, typename decltype(value)::shape>(value);
        };
    }
    void evaluate(auto& maps) {
        maps.evaluate(
            device, matrices(),
            [this](auto layer) {
                if constexpr (layer.like == 1) return *left_a;
                else return *left_b;
            },
            [this](auto layer) {
                if constexpr (layer.like == 1) return *right_a;
                else return *right_b;
            });
    }
    void is(const auto& found, const matrix& expected) { CHECK(apd_test::on_host(device, found) == expected.entries); }
    /// The direction of every component from J to P: what uses of sites add to it, and their sum where it is there.
    template <std::size_t J, std::size_t P>
    void are(const auto& maps, auto expected) {
        std::vector<double> all, multiplied(C * network::sizes[J] * network::sizes[P], 0.0);
        for (std::size_t c = 0; c < C; ++c) {
            const matrix direction = expected(component_a[c], component_b[c]);
            all.insert(all.end(), direction.entries.begin(), direction.entries.end());
        }
        using maps_type = std::decay_t<decltype(maps)>;
        apd::repeat<P>([&](auto l) {
            if constexpr (maps_type::changes(J, l, P)) {
                const auto left = apd_test::on_host(device, maps.template left<J, l>());
                const auto right = apd_test::on_host(device, maps.template right<l, P>());
                for (std::size_t i = 0; i < multiplied.size(); ++i) {
                    const std::size_t columns = network::sizes[P], rows = network::sizes[J], c = i / columns / rows;
                    multiplied[i] += left[c * rows + i / columns % rows] * right[c * columns + i % columns];
                }
            }
        });
        CHECK(multiplied == all);
        if constexpr (maps_type::is_dense(J, P))
            CHECK(apd_test::on_host(device, maps.template direction<J, P>()) == all);
    }
};

}  // namespace

TEST_CASE("maps are products of the matrices on every way from a source, directions their derivatives") {
    fixture<apd_test::tested_backend> f;
    apd::ext::link_maps<problem<apd_test::tested_backend>> maps;
    for (const std::uint64_t seed : {100U, 200U}) {  // the maps of one step are not those of the next
        f.fill(seed);
        f.evaluate(maps);
        const matrix stream = f.e + f.e * f.a;
        f.is(maps.template value<0, 1>(), f.e);
        f.is(maps.template value<0, 2>(), f.e * f.a);
        f.is(maps.template value<0, 3>(), stream);
        f.template are<0, 2>(maps, [&](const matrix& pa, const matrix&) { return f.e * pa; });
        f.template are<0, 3>(maps, [&](const matrix& pa, const matrix&) { return f.e * pa; });
        f.template are<0, 4>(maps, [&](const matrix& pa, const matrix& pb) { return f.e * pa * f.b + stream * pb; });
        f.template are<0, 7>(maps, [&](const matrix& pa, const matrix&) { return f.e * pa; });
        f.template are<0, 8>(maps, [&](const matrix& pa, const matrix&) { return f.e * pa * f.u; });

        f.is(maps.template value<5, 6>(), transpose(f.b));
        f.is(maps.template value<5, 7>(), transpose(f.b));
        f.is(maps.template value<5, 8>(), transpose(f.b) * f.u);
        f.template are<5, 6>(maps, [](const matrix&, const matrix& pb) { return transpose(pb); });
        f.template are<5, 8>(maps, [&](const matrix&, const matrix& pb) { return transpose(pb) * f.u; });
    }
}
TEST_CASE("maps that no site and no tangent needs are not computed, nor directions that are zero") {
    fixture<apd_test::plain_backend> f;
    apd::ext::link_maps<problem<apd_test::plain_backend>> maps;
    f.evaluate(maps);
    CHECK(maps.value<0, 4>().data == nullptr);  // to the relu, whose sources are the same in every direction
    CHECK(maps.value<0, 8>().data == nullptr);
    CHECK(maps.value<0, 6>().data == nullptr);      // behind the relu
    CHECK(maps.value<5, 4>().data == nullptr);      // before it
    CHECK(maps.right<1, 5>().data == nullptr);      // what A gives is no part of what relu gives
    CHECK(maps.direction<0, 3>().data == nullptr);  // no sink
}
TEST_CASE("without directions all maps are computed") {
    fixture<apd_test::tested_backend> f;
    apd::ext::link_maps<problem<apd_test::tested_backend>, apd::ext::link_content::values> maps;
    for (const std::uint64_t seed : {100U, 200U}) {
        f.fill(seed);
        maps.evaluate(f.device, f.matrices());
        const matrix stream = f.e + f.e * f.a;
        f.is(maps.template value<0, 3>(), stream);
        f.is(maps.template value<0, 4>(), stream * f.b);
        f.is(maps.template value<0, 7>(), stream);
        f.is(maps.template value<0, 8>(), stream * f.u);
        f.is(maps.template value<5, 8>(), transpose(f.b) * f.u);
        CHECK(maps.template left<0, 1>().data == nullptr);
        CHECK(maps.template direction<0, 4>().data == nullptr);
    }
}

// Which directions are multiplied out: to the relu there are two products of 2 by 1 and 1 by 2 numbers, and 2 by 2 in
// all; to the output, of A or of B, one.
using maps_of = apd::ext::link_maps<problem<apd_test::plain_backend>>;
static_assert(maps_of::numbers_of_factors(0, 4) == 8 && maps_of::is_dense(0, 4));
static_assert(maps_of::numbers_of_factors(0, 8) == 4 && maps_of::is_dense(0, 8));
static_assert(maps_of::numbers_of_factors(0, 7) == 5 && !maps_of::is_dense(0, 7));  // no sink
// Multiply-adds by hand: E A; A's and B's left factors behind E and the stream; A's right factors by B and by U, and
// B's by U; from the relu Bᵀ U; then the products, two to the relu, one from either source to the output.
static_assert(maps_of::cost() == 2 * 3 * 3 + 2 * C * (2 * 3) + C * (3 * 2) + 2 * C * (3 * 2) + 2 * 3 * 2 +
                                     2 * C * (2 * 2) + 2 * C * (2 * 2));
