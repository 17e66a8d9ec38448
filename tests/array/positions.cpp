#include <cstddef>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/array/elementwise.hpp>
#include <apd/array/positions.hpp>
#include <apd/array/view.hpp>

using namespace apd::ext::literals;

namespace {

template <std::size_t... Sizes>
using view = apd::ext::view<float, apd::extents<Sizes...>>;
/// The traits of z[b, o] = x[b, i] w[i, o], three inputs and two outputs.
const auto product = [](std::size_t batch, std::size_t other) {
    return view<apd::dynamic, 2>{nullptr, batch, batch}["bo"_i] =
               view<apd::dynamic, 3>{nullptr, other, other}["bi"_i] * view<3, 2>{}["io"_i];
};
using traits = apd::ext::statement_traits<decltype(product(1, 1))>;

}  // namespace

TEST_CASE("the arrays of a statement agree on the number of samples") {
    CHECK(apd::ext::detail::batch_of(product(7, 7)) == 7);
    CHECK(apd::ext::detail::batch_of(view<2>{}["i"_i] = 1.F) == 1);
    CHECK_THROWS_WITH(apd::ext::detail::batch_of(product(7, 6)),
                      "array statement: arrays hold different numbers of samples; give all the same batch");
}
TEST_CASE("positions are numbered with the last letter counting fastest, as loops visit them") {
    using counted = apd::ext::detail::counted_positions<traits, traits::out>;
    STATIC_REQUIRE(counted::is_batched);
    STATIC_REQUIRE(counted::static_size == 2);
    CHECK(counted::size(5) == 10);
    CHECK(apd::ext::detail::counted_positions<traits, traits::summed>::size(5) == 3);

    std::uint32_t index = 0;
    apd::ext::position looped, placed;
    apd::ext::detail::for_each_position<traits, traits::out>(looped, 5, [&] {
        counted::place(placed, index++, 5);
        CHECK(placed['b'] == looped['b']);
        CHECK(placed['o'] == looped['o']);
    });
    CHECK(index == 10);
    CHECK(placed['b'] == 4);
    CHECK(placed['o'] == 1);
}
TEST_CASE("statements are fused unless one writes elsewhere what another reads or writes") {
    std::vector<float> memory(40);
    const auto at = [&](std::size_t begin) { return view<10>{memory.data() + begin}["i"_i]; };
    const auto fused = [](const auto&... statements) {
        const std::size_t elements = apd::ext::detail::fused_elements(statements...);
        CHECK((elements == 0 || elements == 10));
        return elements == 10;
    };
    CHECK(fused(at(0) = at(10) * 2.F, at(20) = at(0) + at(10)));  // the same place of the same array
    CHECK(fused(at(0) = 1.F, at(10) = 2.F));                      // apart
    CHECK_FALSE(fused(at(0) = 1.F, at(20) = at(5) * 2.F));        // overlaps, further on
    CHECK_FALSE(fused(at(0) = 1.F, at(5) = 2.F));                 // both write there
    const auto one = view<>{memory.data() + 3}[""_i];
    CHECK_FALSE(fused(at(0) = 1.F, at(20) = at(10) * one));  // a number that is written first
    CHECK_FALSE(fused(at(20) = at(10) * one, at(0) = 1.F));  // or later, at the fourth element
    CHECK_FALSE(fused(at(20) = at(5) * 2.F, at(0) = 1.F));   // an array that is written later, further on
    CHECK(fused(at(20) = at(0) * 2.F, at(0) = 1.F));

    const auto row = [&](std::size_t begin, std::size_t size) {
        return view<apd::dynamic>{memory.data() + begin, size}["b"_i];
    };
    CHECK(fused(row(0, 10) = row(10, 10), row(20, 10) = row(0, 10)));
    CHECK_FALSE(fused(row(0, 10) = 1.F, row(20, 9) = 2.F));          // not as many
    CHECK_FALSE(fused(row(0, 10) = 1.F, row(20, 10) = row(5, 10)));  // overlaps
}
TEST_CASE("statements are alike if they are loops over arrays of one shape") {
    const auto alike = []<class... S>(const S&...) { return apd::ext::detail::are_alike<S...>; };
    const auto w = view<4, 3>{}["io"_i];
    const auto turned = view<4, 3>{}["oi"_i];
    const auto x = view<apd::dynamic, 3>{}["bi"_i];
    const auto n = view<apd::dynamic>{}["b"_i];
    CHECK(alike(w = w * 2.F, w += 1.F));
    CHECK(alike(turned = 1.F, w = 2.F));
    CHECK(alike(n = 1.F, n += n));
    CHECK_FALSE(alike(w = 1.F, n = 2.F));
    CHECK_FALSE(alike(x = 1.F, x = 2.F));  // room between its rows
}
