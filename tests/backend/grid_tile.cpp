// Products that groups of threads compute in tiles, of more than one tile each way.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>

#include <apd/backend/grid_tile.hpp>

using namespace apd::ext::literals;
using namespace apd_test;
using apd::dynamic;

TEMPLATE_LIST_TEST_CASE("long sums of products without a run-time axis are those of the loops", "", models) {
    typename TestType::device device;
    tensor<TestType, 70, 35> z(device, 1);
    tensor<TestType, 5, 70, 9> left(device, 2);
    tensor<TestType, 5, 9, 35> right(device, 3);
    gives(device, z, "io"_i, left["cir"_i] * right["cro"_i], [&](auto i, auto o) {
        return sum(5, [&](auto c) { return sum(9, [&](auto r) { return left(c, i, r) * right(c, r, o); }); });
    });
    gives(device, z, "io"_i, right["cro"_i] * left["cir"_i], [&](auto i, auto o) {
        return sum(5, [&](auto c) { return sum(9, [&](auto r) { return left(c, i, r) * right(c, r, o); }); });
    });
}

TEMPLATE_LIST_TEST_CASE("over many pairs, wide products are those of the loops", "", models) {
    constexpr std::size_t components = 9, batch = 50, positions = 2;
    typename TestType::device device;
    // On every sample nine components are active, then four at most, then one has no sample.
    std::vector<std::vector<std::vector<std::uint32_t>>> masks(2, std::vector<std::vector<std::uint32_t>>(components));
    for (std::uint32_t b = 0; b < batch; ++b)
        for (std::size_t c = 0; c < components; ++c) {
            masks[0][c].push_back(b);
            if (c != 3 && (b + c) % 2 == 0) masks[1][c].push_back(b);
        }
    for (const auto& mask : masks) {
        const pair_set<TestType, components> pairs(device, mask);
        INFO(pairs.size() << " pairs");
        tensor<TestType, dynamic, positions, 3> inner(device, pairs.capacity(), 1);
        tensor<TestType, dynamic, positions, 40> x(device, batch, 2);
        tensor<TestType, dynamic, positions, 70> z(device, batch, 3);
        tensor<TestType, components, 40, 3> u(device, 4);
        tensor<TestType, components, 3, 70> v(device, 5), dv(device, 6);
        tensor<TestType, dynamic, positions, 70> gz(device, batch, 7);
        gives_over_pairs(device, pairs, inner, "ptr"_i, x["bti"_i] * u["cir"_i], [&](auto p, auto b, auto c) {
            for (std::size_t t = 0; t < positions; ++t)
                for (std::size_t r = 0; r < 3; ++r)
                    for (std::size_t i = 0; i < 40; ++i) inner(p, t, r) += x(b, t, i) * u(c, i, r);
        });
        gives_over_pairs(device, pairs, z, "bto"_i, inner["ptr"_i] * v["cro"_i], [&](auto p, auto b, auto c) {
            for (std::size_t t = 0; t < positions; ++t)
                for (std::size_t o = 0; o < 70; ++o)
                    for (std::size_t r = 0; r < 3; ++r) z(b, t, o) += inner(p, t, r) * v(c, r, o);
        });
        gives_over_pairs(device, pairs, dv, "cro"_i, inner["ptr"_i] * gz["bto"_i], [&](auto p, auto b, auto c) {
            for (std::size_t t = 0; t < positions; ++t)
                for (std::size_t o = 0; o < 70; ++o)
                    for (std::size_t r = 0; r < 3; ++r) dv(c, r, o) += inner(p, t, r) * gz(b, t, o);
        });
    }
}
