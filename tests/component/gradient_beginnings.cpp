// To which gradients somebody has added, also where the rows of a batch come in pieces.

#include <catch2/catch.hpp>

#include <apd/component/gradient_beginnings.hpp>

TEST_CASE("a piece begins as the first did") {
    apd::ext::gradient_beginnings<2> begun;
    CHECK(!begun.any());
    begun[1] = true;  // all rows of one
    for (std::size_t piece = 0; piece < 3; ++piece) {
        begun.begin_piece(piece == 0);
        CHECK(!begun[0]);
        CHECK(begun[1]);
        begun[0] = true;
    }
    CHECK(begun[0]);  // all pieces have been written
    begun.begin_piece(true);
    begun.begin_piece(false);
    CHECK(begun[0]);
    begun.clear();
    CHECK(!begun.any());
    begun.set();
    CHECK(begun[0]);
}
