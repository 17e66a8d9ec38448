#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>

#include <apd/array/elementwise.hpp>
#include <apd/backend/cpu_pairs.hpp>

using namespace apd::ext::literals;
using namespace apd_test;
using apd::dynamic;

namespace {

constexpr std::size_t components = 4;

/// Of four components: one active on all samples, one on none, one on every third, one on the last alone; and no pair.
std::vector<std::vector<std::vector<std::uint32_t>>> masks(std::size_t batch) {
    std::vector<std::vector<std::uint32_t>> active(components);
    for (std::uint32_t b = 0; b < batch; ++b) {
        active[0].push_back(b);
        if (b % 3 == 1) active[2].push_back(b);
        if (b + 1 == batch) active[3].push_back(b);
    }
    return {active, std::vector<std::vector<std::uint32_t>>(components)};
}

/// law(device, pairs, batch) for batches and masks; the first component of 130 samples is more than one chunk.
template <class Model, class Law>
void for_each_mask(Law law) {
    typename Model::device device;
    for (const std::size_t batch : batch_sizes)
        for (const auto& samples : masks(batch)) {
            const pair_set<Model, components> pairs(device, samples);
            INFO(batch << " samples, " << pairs.size() << " pairs");
            law(device, pairs, batch);
        }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("over pairs, an array of pairs takes sample and component of each", "", models) {
    for_each_mask<TestType>([](auto& device, const auto& pairs, std::size_t batch) {
        tensor<TestType, dynamic, 3> inner(device, pairs.capacity(), 1);
        tensor<TestType, dynamic, 5> x(device, batch, 2);
        tensor<TestType, dynamic, components, 3> a(device, batch, 3);
        tensor<TestType, dynamic> m(device, batch, 4);
        tensor<TestType, components, 5, 3> u(device, 5);
        tensor<TestType, components, 3> bias(device, 6);
        tensor<TestType, 3> shared(device, 7);
        gives_over_pairs(device, pairs, inner, "pr"_i, x["bi"_i] * u["cir"_i], [&](auto p, auto b, auto c) {
            for (std::size_t r = 0; r < 3; ++r)
                for (std::size_t i = 0; i < 5; ++i) inner(p, r) += x(b, i) * u(c, i, r);
        });
        gives_over_pairs(device, pairs, inner, "pr"_i,
                         apd::ext::square(a["bcr"_i] + bias["cr"_i]) - shared["r"_i] * m["b"_i],
                         [&](auto p, auto b, auto c) {
                             for (std::size_t r = 0; r < 3; ++r) {
                                 const auto active = a(b, c, r) + bias(c, r);
                                 inner(p, r) += active * active - shared(r) * m(b);
                             }
                         });
        gives_over_pairs(device, pairs, inner, "pr"_i, apd::ext::constant<typename TestType::scalar>(2),
                         [&](auto p, auto, auto) {
                             for (std::size_t r = 0; r < 3; ++r) inner(p, r) += 2;
                         });
    });
}

TEMPLATE_LIST_TEST_CASE("over pairs, an array of samples takes the sum over the components of each", "", models) {
    for_each_mask<TestType>([](auto& device, const auto& pairs, std::size_t batch) {
        tensor<TestType, dynamic, 3> inner(device, pairs.capacity(), 1);
        tensor<TestType, dynamic, 7> z(device, batch, 2);
        tensor<TestType, dynamic> scale(device, batch, 3);
        tensor<TestType, components, 3, 7> v(device, 4);
        gives_over_pairs(device, pairs, z, "bo"_i, inner["pr"_i] * v["cro"_i], [&](auto p, auto b, auto c) {
            for (std::size_t o = 0; o < 7; ++o)
                for (std::size_t r = 0; r < 3; ++r) z(b, o) += inner(p, r) * v(c, r, o);
        });
        gives_over_pairs(device, pairs, scale, "b"_i, apd::ext::constant<typename TestType::scalar>(1),
                         [&](auto, auto b, auto) { scale(b) += 1; });
    });
}

TEMPLATE_LIST_TEST_CASE("over pairs, an array of components takes the sum over the samples of each", "", models) {
    for_each_mask<TestType>([](auto& device, const auto& pairs, std::size_t batch) {
        tensor<TestType, dynamic, 3> inner(device, pairs.capacity(), 1);
        tensor<TestType, dynamic, 7> gz(device, batch, 2);
        tensor<TestType, dynamic> ones(device, batch, 3);
        tensor<TestType, components, 3, 7> dv(device, 4);
        tensor<TestType, components> count(device, 5);
        gives_over_pairs(device, pairs, dv, "cro"_i, inner["pr"_i] * gz["bo"_i], [&](auto p, auto b, auto c) {
            for (std::size_t r = 0; r < 3; ++r)
                for (std::size_t o = 0; o < 7; ++o) dv(c, r, o) += inner(p, r) * gz(b, o);
        });
        gives_over_pairs(device, pairs, count, "c"_i, ones["b"_i], [&](auto, auto b, auto c) { count(c) += ones(b); });
    });
}

TEMPLATE_LIST_TEST_CASE("over pairs, an array of samples and components is zero elsewhere", "", models) {
    for_each_mask<TestType>([](auto& device, const auto& pairs, std::size_t batch) {
        tensor<TestType, dynamic, 3> inner(device, pairs.capacity(), 1);
        tensor<TestType, dynamic, components> mask(device, batch, 2);
        tensor<TestType, dynamic, components, 5> each(device, batch, 3);
        tensor<TestType, components, 3, 5> v(device, 4);
        gives_over_pairs(device, pairs, mask, "bc"_i, apd::ext::constant<typename TestType::scalar>(1),
                         [&](auto, auto b, auto c) { mask(b, c) += 1; });
        gives_over_pairs(device, pairs, each, "bco"_i, inner["pr"_i] * v["cro"_i], [&](auto p, auto b, auto c) {
            for (std::size_t o = 0; o < 5; ++o)
                for (std::size_t r = 0; r < 3; ++r) each(b, c, o) += inner(p, r) * v(c, r, o);
        });
    });
}

TEMPLATE_LIST_TEST_CASE("over pairs, an array of none of them takes the sum over all", "", models) {
    for_each_mask<TestType>([](auto& device, const auto& pairs, std::size_t batch) {
        tensor<TestType, dynamic, 3> inner(device, pairs.capacity(), 1);
        tensor<TestType, dynamic, 7> gz(device, batch, 2);
        tensor<TestType, 3, 7> shared(device, 3);
        tensor<TestType> total(device, 4);
        gives_over_pairs(device, pairs, shared, "ro"_i, inner["pr"_i] * gz["bo"_i], [&](auto p, auto b, auto) {
            for (std::size_t r = 0; r < 3; ++r)
                for (std::size_t o = 0; o < 7; ++o) shared(r, o) += inner(p, r) * gz(b, o);
        });
        gives_over_pairs(device, pairs, total, ""_i, apd::ext::square(inner["pr"_i]), [&](auto p, auto, auto) {
            for (std::size_t r = 0; r < 3; ++r) total() += inner(p, r) * inner(p, r);
        });
    });
}

TEMPLATE_LIST_TEST_CASE("three pairs by hand", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    const pair_set<TestType, 2> pairs(device, {{0, 2}, {2}});  // (b, c): (0, 0), (2, 0), (2, 1)
    tensor<TestType, dynamic, 1> x(device, 3, 1), z(device, 3, 2);
    tensor<TestType, dynamic, 1> inner(device, 3, 3);
    tensor<TestType, 2, 1, 1> u(device, 4);
    const std::vector<T> samples{1, 2, 3}, factors{10, 100};
    device.upload(std::span<const T>(samples), *x);
    device.upload(std::span<const T>(factors), *u);
    device(inner["pr"_i] = x["bi"_i] * u["cir"_i], *pairs);
    CHECK(inner.values() == std::vector<T>{10, 30, 300});
    device(z["bi"_i] = inner["pr"_i] * u["cir"_i], *pairs);
    CHECK(z.values() == std::vector<T>{100, 0, 30300});
}

TEMPLATE_LIST_TEST_CASE("a pair's sample may have any number, however few pairs there are", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    const pair_set<TestType, 1> pairs(device, {{9}});
    tensor<TestType, dynamic> x(device, 10, 1), z(device, 10, 2);
    tensor<TestType, dynamic> inner(device, pairs.capacity(), 3);
    tensor<TestType, 1> sum(device, 4);
    REQUIRE(pairs.capacity() < 9);
    gives_over_pairs(device, pairs, inner, "p"_i, x["b"_i], [&](auto p, auto b, auto) { inner(p) += x(b); });
    gives_over_pairs(device, pairs, sum, "c"_i, x["b"_i], [&](auto, auto b, auto c) { sum(c) += x(b); });
    device(inner["p"_i] = apd::ext::constant<T>(2));
    gives_over_pairs(device, pairs, z, "b"_i, apd::ext::constant<T>(2), [&](auto, auto b, auto) { z(b) += 2; });
}
