#include <clocale>
#include <limits>
#include <locale>
#include <string>

#include <catch2/catch.hpp>

#include <apd/core/number_text.hpp>

TEST_CASE("a number is written with the digits that matter") {
    CHECK(apd::ext::number_text(0.211) == "0.211");
    CHECK(apd::ext::number_text(1) == "1");
    CHECK(apd::ext::number_text(-2.5e-7) == "-2.5e-07");
    CHECK(apd::ext::number_text(1e300) == "1e+300");
    CHECK(apd::ext::number_text(123456789.0) == "1.23457e+08");
    CHECK(apd::ext::number_text(0.123456, 2) == "0.12");
    CHECK(apd::ext::number_text(std::numeric_limits<double>::infinity()) == "inf");
}
