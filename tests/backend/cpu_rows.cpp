#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>

#include <apd/array/elementwise.hpp>
#include <apd/backend/cpu_rows.hpp>

using namespace apd::ext::literals;
using namespace apd_test;
using apd::dynamic;

namespace {
/// The larger of two numbers, and a third.
template <class T>
struct larger_plus {
    APD_HOST_DEVICE T operator()(T a, T b, T c) const { return (a < b ? b : a) + c; }
};
}  // namespace

TEMPLATE_LIST_TEST_CASE("statements entry by entry give what the plain loops give", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    for (const std::size_t batch : batch_sizes) {
        INFO(batch << " samples");
        tensor<TestType, dynamic, 5> x(device, batch, 1), y(device, batch, 2);
        tensor<TestType, dynamic, 2, 5> t(device, batch, 3);
        tensor<TestType, dynamic> m(device, batch, 4);
        tensor<TestType, 5> bias(device, 5);
        gives(device, y, "bi"_i, x["bi"_i] + bias["i"_i], [&](auto b, auto i) { return x(b, i) + bias(i); });
        gives(device, y, "bi"_i, apd::ext::constant<T>(3), [](auto, auto) { return T(3); });
        gives(device, t, "bki"_i, x["bi"_i] * m["b"_i] - bias["i"_i],
              [&](auto b, auto, auto i) { return x(b, i) * m(b) - bias(i); });
        gives(device, y, "bi"_i, apd::ext::map(larger_plus<T>{}, x["bi"_i], bias["i"_i], m["b"_i]),
              [&](auto b, auto i) { return std::max(x(b, i), bias(i)) + m(b); });
    }
}

TEMPLATE_LIST_TEST_CASE("letters that the target lacks are summed", "", models) {
    typename TestType::device device;
    for (const std::size_t batch : batch_sizes) {
        INFO(batch << " samples");
        tensor<TestType, dynamic, 5> x(device, batch, 1), y(device, batch, 2);
        tensor<TestType, dynamic> per_sample(device, batch, 3);
        tensor<TestType, 5> per_feature(device, 4);
        tensor<TestType> total(device, 5);
        const auto squared = [&](auto b, auto i) { return (x(b, i) - y(b, i)) * (x(b, i) - y(b, i)); };
        const auto value = apd::ext::square(x["bi"_i] - y["bi"_i]);
        gives(device, per_sample, "b"_i, value, [&](auto b) { return sum(5, [&](auto i) { return squared(b, i); }); });
        gives(device, per_feature, "i"_i, value,
              [&](auto i) { return sum(batch, [&](auto b) { return squared(b, i); }); });
        gives(device, total, ""_i, value,
              [&] { return sum(batch, [&](auto b) { return sum(5, [&](auto i) { return squared(b, i); }); }); });
        tensor<TestType, dynamic, 3, 8> t(device, batch, 6);
        tensor<TestType, dynamic, 8> of_eight(device, batch, 7);
        tensor<TestType, dynamic, 3> of_three(device, batch, 8);
        const auto product = [&](auto b, auto k, auto i) { return t(b, k, i) * of_eight(b, i) + 1; };
        const auto products = t["bki"_i] * of_eight["bi"_i] + 1;
        gives(device, of_three, "bk"_i, products,
              [&](auto b, auto k) { return sum(8, [&](auto i) { return product(b, k, i); }); });
        gives(device, of_eight, "bi"_i, apd::ext::square(t["bki"_i]),
              [&](auto b, auto i) { return sum(3, [&](auto k) { return t(b, k, i) * t(b, k, i); }); });
        gives(device, per_sample, "b"_i, products,
              [&](auto b) { return sum(3, [&](auto k) { return sum(8, [&](auto i) { return product(b, k, i); }); }); });
    }
}

TEMPLATE_LIST_TEST_CASE("statements without samples give what the plain loops give", "", models) {
    typename TestType::device device;
    tensor<TestType, 2, 5, 19> each(device, 1);
    tensor<TestType, 5, 19> matrix(device, 2);
    tensor<TestType, 19, 5> transposed(device, 3);
    tensor<TestType, 2, 19> lengths(device, 4);
    tensor<TestType, 5> rows(device, 5);
    tensor<TestType> one(device, 6), other(device, 7);
    gives(device, matrix, "io"_i, each["cio"_i],
          [&](auto i, auto o) { return sum(2, [&](auto c) { return each(c, i, o); }); });
    gives(device, transposed, "oi"_i, matrix["io"_i] * 2, [&](auto o, auto i) { return 2 * matrix(i, o); });
    gives(device, lengths, "co"_i, apd::ext::square(each["cio"_i]),
          [&](auto c, auto o) { return sum(5, [&](auto i) { return each(c, i, o) * each(c, i, o); }); });
    gives(device, rows, "i"_i, matrix["io"_i] * transposed["oi"_i],
          [&](auto i) { return sum(19, [&](auto o) { return matrix(i, o) * transposed(o, i); }); });
    gives(device, each, "cio"_i, lengths["co"_i] + rows["i"_i] * one[""_i],
          [&](auto c, auto i, auto o) { return lengths(c, o) + rows(i) * one(); });
    gives(device, one, ""_i, apd::ext::square(transposed["oi"_i]), [&] {
        return sum(19, [&](auto o) { return sum(5, [&](auto i) { return transposed(o, i) * transposed(o, i); }); });
    });
    gives(device, other, ""_i, one[""_i] * 3 + 1, [&] { return one() * 3 + 1; });
}

TEMPLATE_LIST_TEST_CASE("an array of one pattern of letters may be on both sides", "", models) {
    typename TestType::device device;
    tensor<TestType, dynamic, 3> x(device, 17, 1);
    tensor<TestType, 3, 7> w(device, 2);
    device(x["bi"_i] = x["bi"_i] * x["bi"_i] - 1, w["io"_i] += w["io"_i] * 4);
    x.for_each([&](auto b, auto i) { x(b, i) = x(b, i) * x(b, i) - 1; });
    w.for_each([&](auto i, auto o) { w(i, o) *= 5; });
    x.check();
    w.check();

    // Also where a letter is summed that stands for one number.
    tensor<TestType, dynamic, 1> scale(device, 17, 3);
    device(x["bi"_i] = scale["bn"_i] * (x["bi"_i] - 3));
    x.for_each([&](auto b, auto i) { x(b, i) = scale(b, 0) * (x(b, i) - 3); });
    x.check();
}

TEMPLATE_LIST_TEST_CASE("several statements in one call run one after the other", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    tensor<TestType, 5, 13> w(device, 1), g(device, 2), m(device, 3), v(device, 4);
    const auto update = [&](T& weight, T gradient, T& first, T& second) {
        first = first * 2 + gradient;
        second = second * 4 + gradient * gradient;
        weight -= first * second;
    };
    w.for_each([&](auto i, auto o) { update(w(i, o), g(i, o), m(i, o), v(i, o)); });
    device(m["io"_i] = m["io"_i] * 2 + g["io"_i], v["io"_i] = v["io"_i] * 4 + apd::ext::square(g["io"_i]),
           w["io"_i] += m["io"_i] * v["io"_i] * -1);
    m.check();
    v.check();
    w.check();

    tensor<TestType, dynamic, 5> x(device, 17, 5);
    tensor<TestType, 5> column(device, 6);
    tensor<TestType> total(device, 7);
    device(x["bi"_i] += 1, column["i"_i] = x["bi"_i], total[""_i] = column["i"_i] * 2);
    CHECK(total.values()[0] == sum(17, [&](auto b) { return sum(5, [&](auto i) { return (x(b, i) + 1) * 2; }); }));

    tensor<TestType, dynamic> lengths(device, 17, 10), sums(device, 17, 11);
    const T first = lengths(0), last = lengths(16);
    device(lengths["b"_i] = lengths["b"_i] * 2, sums["b"_i] = lengths["b"_i] + 1);
    CHECK(sums.values()[0] == first * 2 + 1);
    CHECK(sums.values()[16] == last * 2 + 1);
    device((*lengths).rows(0, 0)["b"_i] = 7, (*sums).rows(0, 0)["b"_i] = 8);
    CHECK(lengths.values()[0] == first * 2);
    device((*sums).rows(0, 16)["b"_i] = (*lengths).rows(0, 16)["b"_i], (*lengths).rows(1, 16)["b"_i] = 100);
    CHECK(sums.values()[15] == lengths(15) * 2);

    tensor<TestType> one(device, 8), other(device, 9);
    const T before = one();
    device(one[""_i] = 3, other[""_i] = one[""_i] * 5, total[""_i] = one[""_i] + other[""_i]);
    CHECK(before != 3);
    CHECK(total.values()[0] == 18);
}

TEMPLATE_LIST_TEST_CASE("a statement on a part of an array leaves the rest as it is", "", models) {
    typename TestType::device device;
    tensor<TestType, dynamic, 6> x(device, 70, 1);
    tensor<TestType, 6, 7> w(device, 2);
    tensor<TestType, 7> row(device, 3);
    const auto part = (*x).rows(3, 33).template slice<2>(3);
    device(part["bi"_i] = part["bi"_i] * 10);
    device((*w)(4)["o"_i] += row["o"_i], (*w)(5)["o"_i] = row["o"_i]);
    device((*w).template slice<2>(1)["io"_i] = 0);
    for (std::size_t b = 3; b < 36; ++b)
        for (std::size_t i = 3; i < 5; ++i) x(b, i) *= 10;
    for (std::size_t o = 0; o < 7; ++o) {
        w(4, o) += row(o);
        w(5, o) = row(o);
        w(1, o) = w(2, o) = 0;
    }
    x.check();
    w.check();
}

TEMPLATE_LIST_TEST_CASE("functions of one number are those of the standard library", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    tensor<TestType, dynamic> x(device, 33, 1), y(device, 33, 2);
    for (std::size_t b = 0; b < 33; ++b) x(b) = static_cast<T>(b) / 8;
    device.upload(std::span<const T>(x.host), *x);
    const auto is = [&](auto function, const auto& value) {
        device(y["b"_i] = value);
        const auto found = y.values();
        for (std::size_t b = 0; b < 33; ++b) CHECK(found[b] == Approx(function(x(b))).epsilon(1e-6));
    };
    is([](T v) { return std::sqrt(v); }, apd::ext::sqrt(x["b"_i]));
    is([](T v) { return std::pow(v, T(1.7)); }, apd::ext::pow(x["b"_i], 1.7));
    is([](T v) { return v != 0 ? 1 : 0; }, apd::ext::nonzero(x["b"_i]));
    is([](T v) { return 1 / (v + 1); }, 1 / (x["b"_i] + 1));
}

TEMPLATE_LIST_TEST_CASE("arrays that hold different numbers of samples are an error", "", models) {
    typename TestType::device device;
    tensor<TestType, dynamic, 5> x(device, 7, 1), y(device, 8, 2);
    tensor<TestType, 5, 5> w(device, 3);
    tensor<TestType, 5> column(device, 4);
    const auto is_error = Catch::Predicate<apd::error>([](const apd::error& e) {
        return std::string(e.what()).starts_with("array statement: arrays hold different numbers of samples; ");
    });
    CHECK_THROWS_MATCHES(device(y["bi"_i] = x["bi"_i] + 1), apd::error, is_error);
    CHECK_THROWS_MATCHES(device(y["bo"_i] = x["bi"_i] * w["io"_i]), apd::error, is_error);
    CHECK_THROWS_MATCHES(device(w["io"_i] = x["bi"_i] * y["bo"_i]), apd::error, is_error);
    CHECK_THROWS_MATCHES(device(column["i"_i] = x["bi"_i] + y["bi"_i]), apd::error, is_error);
    y.check();
    w.check();
    column.check();
    CHECK_NOTHROW(device((*y).rows(1, 7)["bi"_i] = x["bi"_i]));
}
