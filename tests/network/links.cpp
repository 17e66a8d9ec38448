#include <catch2/catch.hpp>

#include <apd/network/links.hpp>

namespace {

using apd::ext::link_kind;
// Places: 0 input, 1 embedded, 2 given to relu, 3 its result, 4 written, 5 the stream behind the block, 6 output.
using block = apd::network<apd::frozen<apd::linear<"E", 3, 9>>,
                           apd::residual<apd::linear<"in", 9, 2>, apd::relu, apd::linear<"out", 2, 9>>,
                           apd::frozen<apd::linear<"U", 9, 3>>>;
using block_links = apd::ext::links<block>;
using tied = apd::network<apd::linear<"W", 4, 2>, apd::transposed<"W">, apd::bias<"b", 4>, apd::relu>;
using bias_before_site = apd::network<apd::bias<"b", 4>, apd::linear<"W", 4, 2>>;
using bias_behind_relu = apd::network<apd::linear<"V", 4, 4>, apd::bias<"b", 4>, apd::relu, apd::linear<"W", 4, 2>>;
using bias_skipped =
    apd::network<apd::linear<"V", 4, 4>, apd::residual<apd::bias<"b", 4>, apd::relu>, apd::linear<"W", 4, 2>>;
using adds_to_its_source = apd::network<apd::linear<"V", 4, 4>, apd::relu, apd::residual<apd::linear<"W", 4, 4>>>;
using at_positions = apd::network<apd::linear<"V", 2, 3, 4>, apd::relu>;

}  // namespace

TEST_CASE("sources are the input and what nonlinear layers give, sinks what they are given and the output") {
    const auto are = [](auto is, std::initializer_list<bool> expected) {
        std::size_t place = 0;
        for (const bool each : expected) CHECK(is(place++) == each);
    };
    are(block_links::is_source, {true, false, false, true, false, false, false});
    are(block_links::is_sink, {false, false, true, false, false, false, true});
    are(block_links::has_tangent, {false, false, true, true, false, false, true});
}
TEST_CASE("a map from a source goes as far as layers are linear, and around a block too") {
    CHECK(block_links::value(0, 0) == link_kind::unchanged);
    CHECK(block_links::value(0, 2) == link_kind::matrix);
    CHECK(block_links::value(0, 3) == link_kind::none);
    CHECK(block_links::value(0, 5) == link_kind::matrix);  // skipped
    CHECK(block_links::value(3, 3) == link_kind::unchanged);
    CHECK(block_links::value(3, 6) == link_kind::matrix);
    CHECK(block_links::value(3, 2) == link_kind::none);
}
TEST_CASE("a map changes with a site on its way, not with a frozen matrix") {
    CHECK(!block_links::has_direction(0, 1));
    CHECK(block_links::has_direction(0, 2));
    CHECK(!block_links::has_direction(0, 6));
    CHECK(block_links::has_direction(3, 6));
}
TEST_CASE("maps are needed on the way to a site, and where a tangent goes") {
    CHECK(block_links::is_needed(0, 1));
    CHECK(!block_links::is_needed(0, 2));
    CHECK(!block_links::is_needed(0, 6));
    CHECK(block_links::is_needed(3, 6));
}
TEST_CASE("links are complete unless a bias comes before a site, a source is added to, or there are positions") {
    CHECK(block_links::are_complete);
    CHECK(apd::ext::links<tied>::are_complete);
    CHECK(apd::ext::links<bias_behind_relu>::are_complete);
    CHECK(!apd::ext::links<bias_before_site>::are_complete);
    CHECK(apd::ext::links<bias_skipped>::are_complete);
    CHECK(!apd::ext::links<adds_to_its_source>::are_complete);
    CHECK(!apd::ext::links<at_positions>::are_complete);
}
