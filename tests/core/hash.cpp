#include <catch2/catch.hpp>

#include <apd/core/hash.hpp>

namespace {
struct one {};
template <int>
struct numbered {};
}  // namespace

TEST_CASE("the hash of words is FNV-1a") {
    CHECK(apd::ext::detail::hash_of("") == 0x811c9dc5);
    CHECK(apd::ext::detail::hash_of("a") == 0xe40c292c);
    CHECK(apd::ext::detail::hash_of("foobar") == 0xbf9cf968);
}
TEST_CASE("types of other names have other hashes") {
    using apd::ext::detail::hash_of_type;
    STATIC_REQUIRE(hash_of_type<one>() == hash_of_type<one>());
    STATIC_REQUIRE(hash_of_type<one>() != hash_of_type<int>());
    STATIC_REQUIRE(hash_of_type<numbered<1>>() != hash_of_type<numbered<2>>());
}
