#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>

#include <apd/backend/cpu_pair_rows.hpp>

using namespace apd::ext::literals;
using namespace apd_test;
using apd::dynamic;

namespace {

constexpr std::size_t components = 3, wide = 35, rank = 5;

/// law(device, pairs, batch); the first component has more pairs than are handled at once.
template <class Model, class Law>
void for_each_batch(Law law) {
    typename Model::device device;
    for (const std::size_t batch : batch_sizes) {
        std::vector<std::vector<std::uint32_t>> active(components);
        for (std::uint32_t b = 0; b < batch; ++b) {
            active[0].push_back(b);
            if (b % 3 == 1) active[2].push_back(b);
        }
        const pair_set<Model, components> pairs(device, active);
        INFO(batch << " samples");
        law(device, pairs, batch);
    }
}
template <class Target, class A, class B>
constexpr bool runs_on_rows(
    const apd::ext::assignment<Target, apd::ext::mapped<apd::ext::detail::multiply, A, B>, false>&) {
    return apd::ext::detail::is_product_of_rows<
        apd::ext::assignment<Target, apd::ext::mapped<apd::ext::detail::multiply, A, B>, false>>;
}

}  // namespace

TEST_CASE("products with arrays by sample that are wide run on rows, others do not") {
    constexpr apd::ext::view<float, apd::extents<dynamic, wide>> x;
    constexpr apd::ext::view<float, apd::extents<dynamic, 5>> narrow;
    constexpr apd::ext::view<float, apd::extents<dynamic, rank>> inner;
    constexpr apd::ext::view<float, apd::extents<components, wide, rank>> u;
    constexpr apd::ext::view<float, apd::extents<components, 5, rank>> v;
    STATIC_REQUIRE(runs_on_rows(inner["pr"_i] = x["bi"_i] * u["cir"_i]));
    STATIC_REQUIRE(runs_on_rows(u["cir"_i] = x["bi"_i] * inner["pr"_i]));
    STATIC_REQUIRE(runs_on_rows(x["bi"_i] = inner["pr"_i] * u["cir"_i]));
    STATIC_REQUIRE_FALSE(runs_on_rows(inner["pr"_i] = narrow["bi"_i] * v["cir"_i]));
}

TEMPLATE_LIST_TEST_CASE("wide products over pairs give what the plain loops give", "", models) {
    for_each_batch<TestType>([](auto& device, const auto& pairs, std::size_t batch) {
        tensor<TestType, dynamic, 2, rank> inner(device, pairs.capacity(), 1);
        tensor<TestType, dynamic, 2, wide> x(device, batch, 2), z(device, batch, 3);
        tensor<TestType, components, wide, rank> u(device, 4);
        tensor<TestType, components, rank, wide> v(device, 5);
        const auto add = [&](auto f) {
            return [f](auto p, auto b, auto c) {
                for (std::size_t t = 0; t < 2; ++t)
                    for (std::size_t i = 0; i < wide; ++i)
                        for (std::size_t r = 0; r < rank; ++r) f(p, b, c, t, i, r);
            };
        };
        gives_over_pairs(
            device, pairs, inner, "ptr"_i, x["bti"_i] * u["cir"_i],
            add([&](auto p, auto b, auto c, auto t, auto i, auto r) { inner(p, t, r) += x(b, t, i) * u(c, i, r); }));
        device(inner["ptr"_i] = 2);
        for (auto& number : inner.host) number = 2;
        gives_over_pairs(
            device, pairs, z, "bti"_i, inner["ptr"_i] * v["cri"_i],
            add([&](auto p, auto b, auto c, auto t, auto i, auto r) { z(b, t, i) += inner(p, t, r) * v(c, r, i); }));
        gives_over_pairs(
            device, pairs, u, "cir"_i, x["bti"_i] * inner["ptr"_i],
            add([&](auto p, auto b, auto c, auto t, auto i, auto r) { u(c, i, r) += x(b, t, i) * inner(p, t, r); }));
        gives_over_pairs(
            device, pairs, v, "cri"_i, inner["ptr"_i] * x["bti"_i],
            add([&](auto p, auto b, auto c, auto t, auto i, auto r) { v(c, r, i) += inner(p, t, r) * x(b, t, i); }));
    });
}

TEST_CASE("pairs of samples that the arrays lack are passed over") {
    using on_cpu = model<apd::cpu, double>;
    apd::cpu device({.threads = 1});
    const pair_set<on_cpu, 2> pairs(device, {{0, 2, 3}, {3}});
    tensor<on_cpu, dynamic, 1> narrow(device, 3, 1);
    tensor<on_cpu, dynamic, wide> x(device, 3, 2);
    tensor<on_cpu, 2> sum(device, 3);
    tensor<on_cpu, 2, wide, 1> u(device, 4);
    tensor<on_cpu, dynamic, 1> ones(device, pairs.capacity(), 5);
    device(ones["pr"_i] = 1);
    device(sum["c"_i] = narrow["bi"_i], *pairs);
    CHECK(sum.values() == std::vector<double>{narrow(0, 0) + narrow(2, 0), 0});
    device(u["cir"_i] = x["bi"_i] * ones["pr"_i], *pairs);
    for (std::size_t i = 0; i < wide; ++i) u(0, i, 0) = x(0, i) + x(2, i), u(1, i, 0) = 0;
    u.check();
}

TEST_CASE("the number of threads does not change a bit of large statements") {
    using on_cpu = model<apd::cpu, float>;
    constexpr std::size_t batch = 300, many = 300;
    const auto run = [](std::size_t threads) {
        apd::cpu device({.threads = threads});
        std::vector<std::vector<std::uint32_t>> active(components);
        for (std::uint32_t b = 0; b < batch; ++b)
            for (std::uint32_t c = 0; c < components; ++c)
                if ((b + c) % 2 == 0) active[c].push_back(b);
        const pair_set<on_cpu, components> pairs(device, active);
        tensor<on_cpu, dynamic, many> x(device, batch, 1), z(device, batch, 2);
        tensor<on_cpu, dynamic, 20> inner(device, pairs.capacity(), 3);
        tensor<on_cpu, components, many, 20> u(device, 4);
        tensor<on_cpu, many, many> w(device, 5);
        tensor<on_cpu, dynamic, 30> narrow(device, batch, 6);  // not laid out in rows
        tensor<on_cpu, components, 30, 20> narrow_u(device, 7);
        device(x["bi"_i] = x["bi"_i] / 7, u["cir"_i] = u["cir"_i] / 3);
        device(inner["pr"_i] = x["bi"_i] * u["cir"_i], *pairs);
        device(z["bi"_i] = inner["pr"_i] * u["cir"_i], *pairs);
        device(u["cir"_i] += z["bi"_i] * inner["pr"_i], *pairs);
        device(narrow["bi"_i] += inner["pr"_i] * narrow_u["cir"_i], *pairs);
        device(w["ij"_i] = x["bi"_i] * z["bj"_i], z["bi"_i] = x["bj"_i] * w["ji"_i]);
        auto all = z.values();
        for (const auto& more : {u.values(), w.values(), narrow.values()})
            all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    const auto expected = run(1);
    CHECK(run(2) == expected);
    CHECK(run(3) == expected);
}
