#include <cmath>
#include <cstddef>
#include <limits>
#include <locale>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>

#include <apd/report/svg.hpp>

namespace {

namespace svg = apd::ext::svg;
using labels = std::vector<std::string>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

/// The step of ticks: 1, 2 or 5 for those a power of ten times that apart, 0 for all others.
int leading_digit(const std::vector<double>& ticks) {
    const double step = ticks[1] - ticks[0];
    for (std::size_t i = 1; i < ticks.size(); ++i) {
        if (ticks[i] - ticks[i - 1] != Approx(step).epsilon(1e-6)) return 0;
    }
    for (const int digit : {1, 2, 5}) {
        const double power = std::log10(step / digit);
        if (std::abs(power - std::round(power)) < 1e-6) return digit;
    }
    return 0;
}

}  // namespace

TEST_CASE("text is escaped for elements and for attributes") {
    CHECK(svg::escape("a < b & \"c\" > 'd'") == "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;");
    CHECK(svg::escape("&lt;") == "&amp;lt;");
    CHECK(svg::escape("Σ₁ ä\n\tb").size() == std::string_view("Σ₁ ä\n\tb").size());
    CHECK(svg::escape("") == "");
    CHECK(unescape(svg::escape(hostile)) == hostile_read);
}

TEST_CASE("control characters become the replacement character") {
    for (int code = 0; code < 0x20; ++code) {
        const std::string text{'a', static_cast<char>(code), 'b'};
        CHECK(svg::escape(text) == (code == '\n' || code == '\t' ? text
                                                                 : "a\xEF\xBF\xBD"
                                                                   "b"));
    }
    CHECK(svg::escape("\x7f") == "\xEF\xBF\xBD");
}

TEST_CASE("parts of every kind of text are put one after the other") {
    CHECK(svg::concatenate("a", std::string("b"), std::string_view("cd").substr(0, 1)) == "abc");
    CHECK(svg::concatenate().empty());
}

TEST_CASE("coordinates are short and never in powers of ten") {
    CHECK(svg::coordinate(12) == "12");
    CHECK(svg::coordinate(100) == "100");
    CHECK(svg::coordinate(-1.5) == "-1.5");
    CHECK(svg::coordinate(1.0 / 3) == "0.33");
    CHECK(svg::coordinate(1.0 / 3, 0) == "0");
    CHECK(svg::coordinate(120, 0) == "120");
    CHECK(svg::coordinate(-1e-9) == "0");
    CHECK(svg::coordinate(1e-300) == "0");
    CHECK(svg::coordinate(1e21) == "1000000000000000000000");
    CHECK(svg::coordinate(-std::numeric_limits<double>::max()).size() == 310);
}

TEST_CASE("powers of ten are written as such, with a mantissa where it is not one") {
    CHECK(svg::scientific(1e-4) == "10⁻⁴");
    CHECK(svg::scientific(-1e10) == "−10¹⁰");
    CHECK(svg::scientific(2.5e6) == "2.5×10⁶");
    CHECK(svg::scientific(-1.23456e-123) == "−1.235×10⁻¹²³");
    CHECK(svg::scientific(1.23456e7, 2) == "1.2×10⁷");
    CHECK(svg::scientific(9.99999e5) == "10⁶");
    CHECK(svg::scientific(3.0) == "3×10⁰");
}

TEST_CASE("numbers are labelled for the reader") {
    const std::vector<std::pair<double, std::string>> expected{
        {0.0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-0.25, "−0.25"},
        {3.14159, "3.142"},
        {0.99996, "1"},
        {123.456, "123.5"},
        {100, "100"},
        {0.001, "0.001"},
        {9.99e-4, "9.99×10⁻⁴"},
        {1.5e-5, "1.5×10⁻⁵"},
        {1e6, "10⁶"},
        {-1234567, "−1.235×10⁶"},
        {not_a_number, "NaN"},
        {-not_a_number, "NaN"},
        {infinity, "∞"},
        {-infinity, "−∞"},
        {std::numeric_limits<double>::denorm_min(), "4.941×10⁻³²⁴"},
        {std::numeric_limits<double>::max(), "1.798×10³⁰⁸"}};
    for (const auto& [value, label] : expected) CHECK(svg::label(value) == label);
    CHECK(svg::label(3.14159, 2) == "3.1");
    CHECK(svg::label(12.7, 1) == "13");
    CHECK(svg::label(0.123456) == "0.1235");
    CHECK(svg::label(0.00123456) == "0.001235");
}

TEST_CASE("thousands stand apart below a million") {
    const std::vector<std::tuple<double, std::string, std::string>> expected{
        {1000, "1", "000"}, {-20000.4, "−20", "000"}, {999994, "999", "994"}, {1234.4, "1", "234"}};
    for (const auto& [value, thousands, rest] : expected) {
        const std::string label = svg::label(value);
        CHECK_THAT(label, Catch::StartsWith(thousands) && Catch::EndsWith(rest));
        CHECK(label != svg::concatenate(thousands, rest));
    }
    CHECK(svg::label(999) == "999");
}

TEST_CASE("numbers do not depend on the locale") {
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new comma));
    const std::string label = svg::label(1234.5, 5), coordinate = svg::coordinate(1234.5),
                      power = svg::scientific(0.15);
    std::locale::global(before);
    CHECK_THAT(label, Catch::EndsWith("234.5"));
    CHECK(coordinate == "1234.5");
    CHECK(power == "1.5×10⁻¹");
}

TEST_CASE("linear ticks are round and reach both ends") {
    CHECK(svg::tick_labels(svg::linear_ticks(0, 1)) == labels{"0", "0.2", "0.4", "0.6", "0.8", "1"});
    CHECK(svg::tick_labels(svg::linear_ticks(-1, 1)) == labels{"−1", "−0.5", "0", "0.5", "1"});
    CHECK(svg::tick_labels(svg::linear_ticks(0, 0.3)) == labels{"0", "0.05", "0.1", "0.15", "0.2", "0.25", "0.3"});
    CHECK(svg::tick_labels(svg::linear_ticks(0.11, 0.39, 3)) == labels{"0.2", "0.3"});
    CHECK_FALSE(std::signbit(svg::linear_ticks(-0.1, 1).front()));
}

TEST_CASE("linear ticks of any range are in it, a step of 1, 2 or 5 apart, three to nine of them") {
    for (double width = 1e-7; width < 1e12; width *= 1.37) {
        for (const double low : {0.0, -width / 3, 7.7 * width, -1e3 * width}) {
            const std::vector<double> ticks = svg::linear_ticks(low, low + width);
            CAPTURE(low, width);
            REQUIRE(ticks.size() >= 3);
            CHECK(ticks.size() <= 9);
            CHECK(ticks.front() >= low - 1e-6 * width);
            CHECK(ticks.back() <= low + width + 1e-6 * width);
            CHECK(leading_digit(ticks) != 0);
        }
    }
}

TEST_CASE("a range without extent has one tick") {
    CHECK(svg::linear_ticks(3, 3) == std::vector<double>{3});
    CHECK(svg::linear_ticks(3, 2) == std::vector<double>{3});
    CHECK(svg::linear_ticks(3, not_a_number) == std::vector<double>{3});
    CHECK(svg::linear_ticks(3, infinity) == std::vector<double>{3});
    CHECK(svg::log_ticks(3, 3) == std::vector<double>{3});
    CHECK(svg::log_ticks(0, 3) == std::vector<double>{0});
    CHECK(svg::log_ticks(3, infinity) == std::vector<double>{3});
}

TEST_CASE("logarithmic ticks are powers of ten, over a short range also 2 and 5 times them") {
    CHECK(svg::tick_labels(svg::log_ticks(1e-4, 1)) == labels{"10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"});
    CHECK(svg::tick_labels(svg::log_ticks(0.9, 110)) == labels{"1", "10", "100"});
    CHECK(svg::tick_labels(svg::log_ticks(2, 20)) == labels{"2", "5", "10", "20"});
    CHECK(svg::tick_labels(svg::log_ticks(3, 4)) == labels{"3", "3.2", "3.4", "3.6", "3.8", "4"});
    CHECK(svg::tick_labels(svg::log_ticks(1, 1e18)) == labels{"10⁰", "10³", "10⁶", "10⁹", "10¹²", "10¹⁵", "10¹⁸"});
}

TEST_CASE("logarithmic ticks of any range are in it, at most nine of them") {
    for (int powers = 1; powers <= 600; ++powers) {
        const double low = 3e-300, high = 3 * std::pow(10.0, powers - 300);
        const std::vector<double> ticks = svg::log_ticks(low, high);
        CAPTURE(powers);
        CHECK(ticks.size() >= 3);
        CHECK(ticks.size() <= 9);
        CHECK(ticks.front() >= low * (1 - 1e-6));
        CHECK(ticks.back() <= high * (1 + 1e-6));
    }
}

TEST_CASE("labels of an axis are in one notation") {
    CHECK(svg::tick_labels({0, 5e5, 1e6}) == labels{"0", "5×10⁵", "10⁶"});
    CHECK(svg::tick_labels({-5e-4, 0, 5e-4, 1e-3}) == labels{"−5×10⁻⁴", "0", "5×10⁻⁴", "10⁻³"});
    CHECK(svg::tick_labels({0.001, 0.01}) == labels{"0.001", "0.01"});
    CHECK(svg::tick_labels({}).empty());
}

TEST_CASE("colours are the page's variables, then hues far apart") {
    CHECK(svg::colour(0) == "var(--colour-0)");
    CHECK(svg::colour(7) == "var(--colour-7)");
    CHECK(svg::colour(8) == "hsl(20,55%,50%)");
    CHECK(svg::colour(9) == "hsl(158,55%,50%)");
}

TEST_CASE("a number that rounds to a million is written like one, and neighbouring ticks never read alike") {
    CHECK(apd::ext::svg::label(999999.6) == "10⁶");
    for (const auto& [low, high] : {std::pair{1e5, 1e5 + 1}, std::pair{1.000001, 1.000005}}) {
        const auto labels = apd::ext::svg::tick_labels(apd::ext::svg::linear_ticks(low, high));
        CHECK(labels.size() > 2);
        CHECK(std::adjacent_find(labels.begin(), labels.end()) == labels.end());
    }
}
