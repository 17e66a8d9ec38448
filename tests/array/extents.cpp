#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/array/extents.hpp>

using apd::dynamic;
using apd::extents;

TEST_CASE("a shape without samples is row-major") {
    using shape = extents<2, 3, 5>;
    STATIC_REQUIRE(shape::rank == 3);
    STATIC_REQUIRE_FALSE(shape::is_batched);
    STATIC_REQUIRE(shape::elements == 30);
    STATIC_REQUIRE(shape::sizes[1] == 3);
    STATIC_REQUIRE(shape::stride(0) == 15);
    STATIC_REQUIRE(shape::stride(1) == 5);
    STATIC_REQUIRE(shape::stride(2) == 1);
}

TEST_CASE("a shape with samples counts elements and strides of one sample") {
    using shape = extents<dynamic, 3, 5>;
    STATIC_REQUIRE(shape::rank == 3);
    STATIC_REQUIRE(shape::is_batched);
    STATIC_REQUIRE(shape::elements == 15);
    STATIC_REQUIRE(shape::stride(1) == 5);
    STATIC_REQUIRE(shape::stride(2) == 1);
    STATIC_REQUIRE(extents<dynamic>::elements == 1);
    STATIC_REQUIRE(extents<dynamic>::is_batched);
}

TEST_CASE("a scalar has one element and no axis") {
    STATIC_REQUIRE(extents<>::rank == 0);
    STATIC_REQUIRE(extents<>::elements == 1);
    STATIC_REQUIRE_FALSE(extents<>::is_batched);
}

TEST_CASE("shapes of parts") {
    using apd::ext::detail::drop_first;
    using apd::ext::detail::replace_first_static;
    STATIC_REQUIRE(std::is_same_v<replace_first_static<extents<4, 5>, 2>::type, extents<2, 5>>);
    STATIC_REQUIRE(std::is_same_v<replace_first_static<extents<dynamic, 4, 5>, 2>::type, extents<dynamic, 2, 5>>);
    STATIC_REQUIRE(std::is_same_v<drop_first<extents<4, 5>>::type, extents<5>>);
    STATIC_REQUIRE(std::is_same_v<drop_first<extents<4>>::type, extents<>>);
}
