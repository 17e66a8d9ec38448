#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/component/decomposition_shape.hpp>

namespace {

using network = apd::network<apd::linear<"in", 80, 20>, apd::bias<"b", 20>, apd::linear<"out", 20, 60>>;
using tied = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">>;

template <class Shape, std::size_t S>
using site = std::remove_const_t<decltype(apd::ext::site_in<network, Shape, S>)>;

}  // namespace

// Full rank is min(d_in, d_out); a rank that is asked for is taken, larger ones than that too.
static_assert(site<apd::shared_components<3>, 0>::rank == 20 && site<apd::shared_components<3>, 1>::rank == 20);
static_assert(apd::ext::site_in<tied, apd::shared_components<5>, 0>.rank == 2);
static_assert(apd::ext::site_in<tied, apd::shared_components<5, 3>, 0>.rank == 3);
static_assert(apd::ext::site_in<tied, apd::shared_components<5, 3>, 0>.uses == 2);
static_assert(std::is_same_v<site<apd::shared_components<4, 3>, 1>::left, apd::extents<4, 20, 3>>);
static_assert(std::is_same_v<site<apd::shared_components<4, 3>, 1>::right, apd::extents<4, 3, 60>>);
static_assert(std::is_same_v<site<apd::shared_components<4, 3>, 1>::components, apd::extents<4, 20, 60>>);
static_assert(std::is_same_v<site<apd::shared_components<4, 3>, 1>::sum, apd::extents<20, 60>>);

// Components lie along one axis, of which a site has a range.
static_assert(apd::shared_components<4>::components(3) == 4);
static_assert(apd::shared_components<4>::range_of(2, 3) == apd::ext::component_range{0, 4});
static_assert(apd::subcomponents<4, 7, 2>::components(3) == 13);
static_assert(apd::subcomponents<4, 7, 2>::range_of(0, 3) == apd::ext::component_range{0, 4});
static_assert(apd::subcomponents<4, 7, 2>::range_of(2, 3) == apd::ext::component_range{11, 2});
static_assert(apd::subcomponents<5>::components(3) == 15);
static_assert(apd::subcomponents<5>::range_of(2, 3) == apd::ext::component_range{10, 5});
static_assert(site<apd::subcomponents<4, 7>, 1>::count == 7 && site<apd::subcomponents<4, 7>, 1>::rank == 1);

TEST_CASE("sites that are alike have one type, and differ in their numbers") {
    using alike = apd::network<apd::linear<"A", 6, 6>, apd::relu, apd::linear<"B", 6, 6>>;
    constexpr auto first = apd::ext::site_in<alike, apd::subcomponents<9>, 0>;
    constexpr auto second = apd::ext::site_in<alike, apd::subcomponents<9>, 1>;
    STATIC_REQUIRE(std::is_same_v<decltype(first), decltype(second)>);
    CHECK(first.number == 0);
    CHECK(second.number == 1);
    CHECK(first.first == 0);
    CHECK(second.first == 9);
    std::size_t visited = 0;
    apd::ext::for_each_site<alike, apd::subcomponents<9>>([&](auto each) { CHECK(each.number == visited++); });
    CHECK(visited == 2);
}
