#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>

#include <apd/backend/cpu_product.hpp>

using namespace apd::ext::literals;
using namespace apd_test;
using apd::dynamic;
using apd::ext::detail::product_kind;

namespace {

template <std::size_t... Sizes>
using floats = apd::ext::view<float, apd::extents<Sizes...>>;

template <class Target, class A, class B, bool Accumulate>
constexpr product_kind kind_of(
    const apd::ext::assignment<Target, apd::ext::mapped<apd::ext::detail::multiply, A, B>, Accumulate>&) {
    using product = apd::ext::assignment<Target, apd::ext::mapped<apd::ext::detail::multiply, A, B>, Accumulate>;
    return apd::ext::detail::plan_product<apd::ext::statement_traits<product>, Target, A, B>().kind;
}

}  // namespace

TEST_CASE("the letters of a product choose how it is computed") {
    constexpr floats<dynamic, 4> x, gz;
    constexpr floats<dynamic> m;
    constexpr floats<4, 4> w;
    constexpr floats<4, 200> long_rows;
    constexpr floats<200, 4> long_columns;
    constexpr floats<> n;
    constexpr floats<1, 20, 9> once;
    constexpr floats<1, 40, 20> once_turned;
    constexpr floats<9, 40> s;
    STATIC_REQUIRE(kind_of(gz["bo"_i] = x["bi"_i] * w["io"_i]) == product_kind::outer);
    STATIC_REQUIRE(kind_of(gz["bo"_i] = w["io"_i] * x["bi"_i]) == product_kind::outer);
    STATIC_REQUIRE(kind_of(w["ij"_i] = w["ik"_i] * w["kj"_i]) == product_kind::outer);
    STATIC_REQUIRE(kind_of(w["io"_i] += x["bi"_i] * gz["bo"_i]) == product_kind::inner);
    STATIC_REQUIRE(kind_of(w["ij"_i] = w["ik"_i] * w["jk"_i]) == product_kind::outer);  // few are summed: packed
    STATIC_REQUIRE(kind_of(w["ij"_i] = long_rows["ik"_i] * long_rows["jk"_i]) == product_kind::inner);
    STATIC_REQUIRE(kind_of(s["io"_i] = once["rki"_i] * once_turned["rok"_i]) == product_kind::outer);
    STATIC_REQUIRE(kind_of(gz["bi"_i] = x["bi"_i] * m["b"_i]) == product_kind::rows);  // nothing is summed
    STATIC_REQUIRE(kind_of(n[""_i] = x["bi"_i] * gz["bi"_i]) == product_kind::rows);   // no letter to block over
    STATIC_REQUIRE(kind_of(w["ij"_i] = w["ki"_i] * x["bj"_i]) == product_kind::rows);  // b and k in one array only
    STATIC_REQUIRE(kind_of(w["ij"_i] = long_columns["ki"_i] * long_rows["jk"_i]) ==
                   product_kind::rows);  // along neither
}

TEMPLATE_LIST_TEST_CASE("outer products over samples give what the plain loops give", "", models) {
    typename TestType::device device;
    for (const std::size_t batch : batch_sizes) {
        INFO(batch << " samples");
        tensor<TestType, dynamic, 5> x(device, batch, 1), gx(device, batch, 7);
        tensor<TestType, dynamic, 13> z(device, batch, 2);
        tensor<TestType, dynamic, 2, 3> inner(device, batch, 3);
        tensor<TestType, 5, 13> w(device, 4);
        tensor<TestType, 2, 5, 3> u(device, 5);
        tensor<TestType, 2, 3, 13> v(device, 6);
        gives(device, z, "bo"_i, x["bi"_i] * w["io"_i],
              [&](auto b, auto o) { return sum(5, [&](auto i) { return x(b, i) * w(i, o); }); });
        gives(device, gx, "bi"_i, w["io"_i] * z["bo"_i],
              [&](auto b, auto i) { return sum(13, [&](auto o) { return z(b, o) * w(i, o); }); });
        gives(device, inner, "bcr"_i, x["bi"_i] * u["cir"_i],
              [&](auto b, auto c, auto r) { return sum(5, [&](auto i) { return x(b, i) * u(c, i, r); }); });
        gives(device, z, "bo"_i, inner["bcr"_i] * v["cro"_i], [&](auto b, auto o) {
            return sum(2, [&](auto c) { return sum(3, [&](auto r) { return inner(b, c, r) * v(c, r, o); }); });
        });
    }
}

TEMPLATE_LIST_TEST_CASE("outer products without samples give what the plain loops give", "", models) {
    typename TestType::device device;
    tensor<TestType, 2, 7, 3> u(device, 1);
    tensor<TestType, 2, 3, 29> v(device, 2);
    tensor<TestType, 7, 29> s(device, 3);
    tensor<TestType, 2, 7, 29> each(device, 4);
    gives(device, s, "io"_i, u["cir"_i] * v["cro"_i], [&](auto i, auto o) {
        return sum(2, [&](auto c) { return sum(3, [&](auto r) { return u(c, i, r) * v(c, r, o); }); });
    });
    gives(device, each, "cio"_i, u["cir"_i] * v["cro"_i],
          [&](auto c, auto i, auto o) { return sum(3, [&](auto r) { return u(c, i, r) * v(c, r, o); }); });
    // Sums so long that they are computed in parts.
    tensor<TestType, 45, 3, 50> many_u(device, 5);
    tensor<TestType, 45, 50, 19> many_v(device, 6);
    tensor<TestType, 3, 19> total(device, 7);
    gives(device, total, "io"_i, many_u["cir"_i] * many_v["cro"_i], [&](auto i, auto o) {
        return sum(45, [&](auto c) { return sum(50, [&](auto r) { return many_u(c, i, r) * many_v(c, r, o); }); });
    });
    tensor<TestType, 3, 250> left(device, 8);
    tensor<TestType, 250, 19> right(device, 9);
    gives(device, total, "io"_i, left["ij"_i] * right["jo"_i],
          [&](auto i, auto o) { return sum(250, [&](auto j) { return left(i, j) * right(j, o); }); });
}

TEMPLATE_LIST_TEST_CASE("inner products over samples give what the plain loops give", "", models) {
    typename TestType::device device;
    for (const std::size_t batch : batch_sizes) {
        INFO(batch << " samples");
        tensor<TestType, dynamic, 5> x(device, batch, 1);
        tensor<TestType, dynamic, 7> g(device, batch, 2);
        tensor<TestType, dynamic, 2, 3> inner(device, batch, 3);
        tensor<TestType, 5, 7> w(device, 4);
        tensor<TestType, 2, 5, 3> u(device, 5);
        gives(device, w, "io"_i, x["bi"_i] * g["bo"_i],
              [&](auto i, auto o) { return sum(batch, [&](auto b) { return x(b, i) * g(b, o); }); });
        gives(device, u, "cir"_i, x["bi"_i] * inner["bcr"_i],
              [&](auto c, auto i, auto r) { return sum(batch, [&](auto b) { return x(b, i) * inner(b, c, r); }); });
    }
}

TEMPLATE_LIST_TEST_CASE("inner products without samples give what the plain loops give", "", models) {
    typename TestType::device device;
    tensor<TestType, 2, 5, 3> u(device, 1);
    tensor<TestType, 2, 3, 29> v(device, 2);
    tensor<TestType, 5, 29> s(device, 3);
    tensor<TestType, 2, 5, 29> each(device, 4);
    tensor<TestType, 5, 3> summed(device, 5);
    gives(device, u, "cir"_i, s["io"_i] * v["cro"_i],
          [&](auto c, auto i, auto r) { return sum(29, [&](auto o) { return s(i, o) * v(c, r, o); }); });
    gives(device, summed, "ir"_i, each["cio"_i] * v["cro"_i], [&](auto i, auto r) {
        return sum(2, [&](auto c) { return sum(29, [&](auto o) { return each(c, i, o) * v(c, r, o); }); });
    });
}

TEMPLATE_LIST_TEST_CASE("an operand that lies across the lanes is packed, without samples or over a few of them", "",
                        models) {
    typename TestType::device device;
    // Few numbers are summed, many lie side by side in the target.
    tensor<TestType, 3, 9, 17> du(device, 1);
    tensor<TestType, 9, 5> g(device, 2);
    tensor<TestType, 3, 17, 5> v(device, 3);
    gives(device, du, "cir"_i, g["io"_i] * v["cro"_i],
          [&](auto c, auto i, auto r) { return sum(5, [&](auto o) { return g(i, o) * v(c, r, o); }); });
    // More than are packed at a time, and fewer than a vector.
    tensor<TestType, 2, 7, 100> wide(device, 8);
    tensor<TestType, 7, 50> gw(device, 9);
    tensor<TestType, 2, 100, 50> vw(device, 10);
    gives(device, wide, "cir"_i, gw["io"_i] * vw["cro"_i],
          [&](auto c, auto i, auto r) { return sum(50, [&](auto o) { return gw(i, o) * vw(c, r, o); }); });
    tensor<TestType, 3, 5, 3> narrow(device, 11);
    tensor<TestType, 5, 2> gn(device, 12);
    tensor<TestType, 3, 3, 2> vn(device, 13);
    gives(device, narrow, "cir"_i, gn["io"_i] * vn["cro"_i],
          [&](auto c, auto i, auto r) { return sum(2, [&](auto o) { return gn(i, o) * vn(c, r, o); }); });
    // Two letters are summed, the longer of them packed for each value of the other; one of which there is one.
    tensor<TestType, 9, 40> two(device, 14);
    tensor<TestType, 3, 20, 9> left(device, 15);
    tensor<TestType, 3, 40, 20> right(device, 16);
    gives(device, two, "io"_i, left["cki"_i] * right["cok"_i], [&](auto i, auto o) {
        return sum(3, [&](auto c) { return sum(20, [&](auto k) { return left(c, k, i) * right(c, o, k); }); });
    });
    tensor<TestType, 20, 3, 9> first(device, 17);
    tensor<TestType, 20, 40, 3> second(device, 18);
    gives(device, two, "io"_i, first["kci"_i] * second["koc"_i], [&](auto i, auto o) {
        return sum(3, [&](auto c) { return sum(20, [&](auto k) { return first(k, c, i) * second(k, o, c); }); });
    });
    tensor<TestType, 1, 20, 9> once(device, 19);
    tensor<TestType, 1, 40, 20> once_turned(device, 20);
    gives(device, two, "io"_i, once["rki"_i] * once_turned["rok"_i],
          [&](auto i, auto o) { return sum(20, [&](auto k) { return once(0, k, i) * once_turned(0, o, k); }); });
    for (const std::size_t batch : batch_sizes) {
        INFO(batch << " samples");
        tensor<TestType, dynamic, 2, 9> x(device, batch, 4);
        tensor<TestType, dynamic, 2, 21> z(device, batch, 5);
        tensor<TestType, 9, 21> w(device, 6);
        tensor<TestType, 21, 9> turned(device, 7);
        gives(device, w, "io"_i, x["bti"_i] * z["bto"_i], [&](auto i, auto o) {
            return sum(batch, [&](auto b) { return x(b, 0, i) * z(b, 0, o) + x(b, 1, i) * z(b, 1, o); });
        });
        gives(device, w, "io"_i, z["bto"_i] * x["bti"_i], [&](auto i, auto o) {
            return sum(batch, [&](auto b) { return x(b, 0, i) * z(b, 0, o) + x(b, 1, i) * z(b, 1, o); });
        });
        gives(device, turned, "oi"_i, x["bti"_i] * z["bto"_i], [&](auto o, auto i) {
            return sum(batch, [&](auto b) { return x(b, 0, i) * z(b, 0, o) + x(b, 1, i) * z(b, 1, o); });
        });
    }
}
TEMPLATE_LIST_TEST_CASE("products of any other kind give what the plain loops give", "", models) {
    typename TestType::device device;
    for (const std::size_t batch : batch_sizes) {
        INFO(batch << " samples");
        tensor<TestType, dynamic, 5> x(device, batch, 1), y(device, batch, 2);
        tensor<TestType, dynamic> m(device, batch, 3);
        tensor<TestType, dynamic, 2, 2, 2> t(device, batch, 4);
        tensor<TestType, 2, 2, 2, 5> k(device, 5);
        tensor<TestType, 5, 3> w(device, 6);
        tensor<TestType, 3> o(device, 7);
        tensor<TestType> n(device, 8);
        gives(device, y, "bi"_i, x["bi"_i] * m["b"_i], [&](auto b, auto i) { return x(b, i) * m(b); });
        gives(device, m, "b"_i, x["bi"_i] * x["bi"_i],
              [&](auto b) { return sum(5, [&](auto i) { return x(b, i) * x(b, i); }); });
        gives(device, n, ""_i, x["bi"_i] * x["bi"_i],
              [&] { return sum(batch, [&](auto b) { return sum(5, [&](auto i) { return x(b, i) * x(b, i); }); }); });
        gives(device, o, "o"_i, x["bi"_i] * w["io"_i], [&](auto at) {
            return sum(batch, [&](auto b) { return sum(5, [&](auto i) { return x(b, i) * w(i, at); }); });
        });
        gives(device, y, "bo"_i, t["bijk"_i] * k["ijko"_i],
              [&](auto b, auto at) {  // more letters summed than tiles take
                  return sum(8, [&](auto ijk) {
                      return t(b, ijk / 4, ijk / 2 % 2, ijk % 2) * k(ijk / 4, ijk / 2 % 2, ijk % 2, at);
                  });
              });
    }
}

TEMPLATE_LIST_TEST_CASE("sums of products are rounded as sums in the scalar are", "", models) {
    using T = typename TestType::scalar;
    constexpr std::size_t batch = 1003;
    typename TestType::device device;
    tensor<TestType, dynamic, 5> x(device, batch, 1), z(device, batch, 2);
    tensor<TestType, 5, 5> w(device, 3);
    for (T& number : x.host) number /= 7;
    for (T& number : w.host) number /= 3;
    device.upload(std::span<const T>(x.host), *x);
    device.upload(std::span<const T>(w.host), *w);

    const auto is_close = [](const std::vector<T>& found, std::size_t at, std::size_t terms, auto&& term) {
        long double expected = 0, magnitude = 0;
        for (std::size_t k = 0; k < terms; ++k) expected += term(k), magnitude += std::abs(term(k));
        const auto unit = static_cast<long double>(terms) * std::numeric_limits<T>::epsilon();
        CHECK(std::abs(static_cast<long double>(found[at]) - expected) <= unit * magnitude);
    };
    const auto product = [](long double a, long double b) { return a * b; };
    device(z["bo"_i] = x["bi"_i] * w["io"_i]);
    const auto outer = z.values();
    for (std::size_t b = 0; b < batch; b += 17)
        is_close(outer, b * 5 + b % 5, 5, [&](auto i) { return product(x(b, i), w(i, b % 5)); });
    device(w["ij"_i] = x["bi"_i] * x["bj"_i]);
    const auto inner = w.values();
    w.for_each(
        [&](auto i, auto j) { is_close(inner, i * 5 + j, batch, [&](auto b) { return product(x(b, i), x(b, j)); }); });
}
