#include <cstddef>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/array/elementwise.hpp>
#include <apd/array/positions.hpp>
#include <apd/array/view.hpp>

using namespace apd::literals;

namespace {

template <std::size_t... Sizes>
using view = apd::view<float, apd::extents<Sizes...>>;
/// The traits of z[b, o] = x[b, i] w[i, o], three inputs and two outputs.
const auto product = [](std::size_t batch, std::size_t other) {
    return view<apd::dynamic, 2>{nullptr, batch, batch}["bo"_i] =
               view<apd::dynamic, 3>{nullptr, other, other}["bi"_i] * view<3, 2>{}["io"_i];
};
using traits = apd::statement_traits<decltype(product(1, 1))>;

}  // namespace

TEST_CASE("the arrays of a statement agree on the number of samples") {
    CHECK(apd::detail::batch_of(product(7, 7)) == 7);
    CHECK(apd::detail::batch_of(view<2>{}["i"_i] = 1.F) == 1);
    CHECK_THROWS_WITH(apd::detail::batch_of(product(7, 6)),
                      "array statement: arrays hold different numbers of samples; give all the same batch");
}
TEST_CASE("positions are numbered with the last letter counting fastest, as loops visit them") {
    using counted = apd::detail::counted_positions<traits, traits::out>;
    STATIC_REQUIRE(counted::is_batched);
    STATIC_REQUIRE(counted::static_size == 2);
    CHECK(counted::size(5) == 10);
    CHECK(apd::detail::counted_positions<traits, traits::summed>::size(5) == 3);

    std::uint32_t index = 0;
    apd::position looped, placed;
    apd::detail::for_each_position<traits, traits::out>(looped, 5, [&] {
        counted::place(placed, index++, 5);
        CHECK(placed['b'] == looped['b']);
        CHECK(placed['o'] == looped['o']);
    });
    CHECK(index == 10);
    CHECK(placed['b'] == 4);
    CHECK(placed['o'] == 1);
}
TEST_CASE("statements are fused unless one reads what another has written elsewhere") {
    std::vector<float> memory(40);
    const auto at = [&](std::size_t begin) { return view<10>{memory.data() + begin}["i"_i]; };
    const auto fused = [](const auto&... statements) { return apd::detail::can_be_fused(10, statements...); };
    CHECK(fused(at(0) = at(10) * 2.F, at(20) = at(0) + at(10)));  // the same place of the same array
    CHECK(fused(at(0) = 1.F, at(10) = 2.F));                      // apart
    CHECK_FALSE(fused(at(0) = 1.F, at(20) = at(5) * 2.F));        // overlaps, further on
    CHECK_FALSE(fused(at(0) = 1.F, at(5) = 2.F));                 // both write there
    const auto one = view<>{memory.data() + 3}[""_i];
    CHECK_FALSE(fused(at(0) = 1.F, at(20) = at(10) * one));  // a number that is written first
    CHECK(fused(at(20) = at(10) * one, at(0) = 1.F));
}
