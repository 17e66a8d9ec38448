#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>

#include <apd/core/error.hpp>
#include <apd/report/histogram_figure.hpp>

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using strings = std::vector<std::string>;

strings paths(const std::vector<markup_element>& figure, const std::string& name) {
    strings found;
    for (const auto& element : with_class(figure, name)) found.push_back(element["d"]);
    return found;
}

/// How many bars each row has.
std::vector<long> bars(const std::vector<markup_element>& figure) {
    std::vector<long> found;
    for (const auto& path : paths(figure, "bars")) found.push_back(std::count(path.begin(), path.end(), 'M'));
    return found;
}

}  // namespace

TEST_CASE("a bar is the share of its row's values, the tallest fills the row") {
    // [example histogram_figure]
    const std::string html =
        apd::histogram_figure({{.name = "seed 0", .values = {0, 1, 2, 3, 4}}},
                              {.title = "Losses", .x_label = "loss", .caption = "Of one seed.", .bins = 4});
    // [/example]
    const auto figure = read_markup(html);
    // The last bin holds 3 and 4. Left of the bars is room for four characters, 16 + 4 · 7; the bins share the 652 from
    // there to 696, less half a pixel at both sides of each; a row's bars stand between 35 and 79.
    CHECK(paths(figure, "bars") ==
          strings{"M44.5 79v-22H206.5v22zM207.5 79v-22H369.5v22zM370.5 79v-22H532.5v22zM533.5 79v-44H695.5v44z"});
    CHECK(texts(with_class(figure, "tick-y")) == strings{"40 %"});
    CHECK(with_class(figure, "tick-y")[0]["y"] == "39");  // the middle of the digits is at 35
    CHECK(paths(figure, "median") == strings{"M370 31V79"});
    CHECK(texts(with_class(figure, "median-value")) == strings{"median 2"});
    CHECK(with_class(figure, "median-value")[0]["x"] == "370");
    CHECK(texts(with_class(figure, "curve-name")) == strings{"seed 0"});
    CHECK(texts(with_class(figure, "row-note")) == strings{"5 values"});
    CHECK(texts(with_class(figure, "tick-x")) == strings{"0", "1", "2", "3", "4"});
    CHECK(with_class(figure, "tick-x")[1]["x"] == "207");
    CHECK(texts(with_class(figure, "axis-x")) == strings{"loss"});
    CHECK(texts(with_class(figure, "figure-title")) == strings{"Losses"});
    CHECK(texts(with_tag(figure, "figcaption")) == strings{"Of one seed."});
    CHECK(with_tag(figure, "svg")[0]["aria-label"] == "Histograms: Losses; seed 0: 5 values, median 2");
    CHECK(with_tag(figure, "svg")[0]["viewBox"] == "0 0 720 125");
}

TEST_CASE("rows share the horizontal axis and stand below each other, each on its own scale") {
    const auto figure = read_markup(apd::histogram_figure({{"a", {0, 0, 0, 1}}, {"b", {3, 4}}}, {.bins = 4}));
    // Of a, three values in the first bin and one in the second; of b, both in the last.
    CHECK(paths(figure, "bars") ==
          strings{"M51.5 79v-44H211.75v44zM212.75 79v-14.67H373v14.67z", "M535.25 173v-44H695.5v44z"});
    CHECK(texts(with_class(figure, "tick-y")) == strings{"75 %", "100 %"});
    CHECK(with_class(figure, "bars")[1]["style"] == "fill:var(--colour-1)");
    CHECK(texts(with_class(figure, "tick-x")).size() == 5);
    CHECK(with_class(figure, "tick-x")[0]["y"] == "192");
    CHECK(with_tag(figure, "svg")[0]["viewBox"] == "0 0 720 201");
    CHECK(texts(with_class(figure, "median-value")) == strings{"median 0", "median 3.5"});
}

TEST_CASE("on a logarithmic axis bins are equal factors") {
    const auto figure =
        read_markup(apd::histogram_figure({{"a", {1, 2, 20, 30, 999, 1000}}}, {.log_x = true, .bins = 3}));
    // Two values in each decade; 33 % is four characters, a decade 652 / 3 wide.
    CHECK(paths(figure, "bars") == strings{"M44.5 79v-44H260.83v44zM261.83 79v-44H478.17v44zM479.17 79v-44H695.5v44z"});
    CHECK(texts(with_class(figure, "tick-x")) == strings{"1", "10", "100", "1\u202f000"});
    CHECK(with_class(figure, "tick-x")[1]["x"] == "261.33");
    CHECK(texts(with_class(figure, "median-value")) == strings{"median 25"});
    CHECK_THAT(with_tag(figure, "span")[0].text, Catch::Contains("(3 bins of equal factors)"));
}

TEST_CASE("a row says how many of its values it leaves out, which count in neither share nor median") {
    const std::vector<double> values{-1, 0, 1, 2, 4, infinity, not_a_number};
    const auto log = read_markup(apd::histogram_figure({{"a", values}}, {.log_x = true, .bins = 2}));
    CHECK(texts(with_class(log, "row-note")) == strings{"7 values, 4 left out: not positive or not finite"});
    CHECK(texts(with_class(log, "tick-y")) == strings{"67 %"});
    CHECK(texts(with_class(log, "median-value")) == strings{"median 2"});
    const auto linear = read_markup(apd::histogram_figure({{"a", values}}));
    CHECK(texts(with_class(linear, "row-note")) == strings{"7 values, 2 left out: not finite"});
    CHECK(texts(with_class(linear, "median-value")) == strings{"median 1"});
    CHECK(with_tag(linear, "svg")[0]["aria-label"] == "Histograms: ; a: 7 values, 2 left out, median 1");
}

TEST_CASE("a row without values stays, empty") {
    for (const bool log_x : {false, true}) {
        const auto figure = read_markup(
            apd::histogram_figure({{"a", {}}, {"b", {1, 2}}, {"c", {not_a_number}}}, {.x_label = "x", .log_x = log_x}));
        CHECK(texts(with_class(figure, "curve-name")) == strings{"a", "b", "c"});
        CHECK(texts(with_class(figure, "row-note"))[0] == "no values");
        CHECK_THAT(texts(with_class(figure, "row-note"))[2], Catch::StartsWith("1 value, all left out: "));
        CHECK(bars(figure) == std::vector<long>{2});
        CHECK(with_class(figure, "median").size() == 1);
        CHECK(not_places(figure).empty());
        CHECK(with_tag(figure, "svg")[0]["aria-label"] ==
              "Histograms: x; a: no values; b: 2 values, median 1.5; c: 1 value, all left out");
        const auto none = read_markup(apd::histogram_figure({{"a", {}}}, {.log_x = log_x}));
        CHECK(bars(none).empty());
        CHECK(not_places(none).empty());
    }
}

TEST_CASE("equal values are one bar in the middle") {
    for (const bool log_x : {false, true}) {
        const auto figure = read_markup(apd::histogram_figure({{"a", {7, 7, 7}}}, {.log_x = log_x, .bins = 3}));
        CHECK(bars(figure) == std::vector<long>{1});
        // Left of the bars is room for "100 %": 51 + 645 / 2.
        CHECK_THAT(paths(figure, "median")[0], Catch::StartsWith("M373.5 "));
        CHECK_THAT(paths(figure, "bars")[0], Catch::StartsWith("M266.5 "));
    }
}

TEST_CASE("a lone value among very many is seen") {
    std::vector<double> values(100'000, 0.0);
    values.push_back(1);
    const auto figure = read_markup(apd::histogram_figure({{"a", values}}, {.bins = 10}));
    CHECK(bars(figure) == std::vector<long>{2});
    CHECK_THAT(paths(figure, "bars")[0], Catch::EndsWith("79v-1H695.5v1z"));
    CHECK(texts(with_class(figure, "row-note")) == strings{"100\u202f001 values"});
}

TEST_CASE("the text of a median stays within the frame") {
    const auto figure = read_markup(apd::histogram_figure({{"a", {0, 0, 8}}, {"b", {0, 8, 8}}}));
    CHECK(with_class(figure, "median")[0]["d"] == "M44 31V79");
    CHECK(with_class(figure, "median-value")[0]["x"] == "70.4");  // half of eight characters of 6.6 from 44
    CHECK(with_class(figure, "median")[1]["d"] == "M696 125V173");
    CHECK(with_class(figure, "median-value")[1]["x"] == "669.6");
}

TEST_CASE("values at the ends of what a double holds are drawn, or left out, without an endless axis") {
    for (const auto& values : std::vector<std::vector<double>>{
             {1.0, 1.0000000000000002}, {-1.7e308, 1.7e308}, {5e-324, 1}, {1e-240, 1e240}, {-1e249, 1e249}}) {
        for (const bool log_x : {false, true}) {
            const std::string html = apd::histogram_figure({{"a", values}}, {.log_x = log_x});
            CHECK(html.size() < 10'000);
            CHECK(not_places(read_markup(html)).empty());
        }
    }
}

TEST_CASE("a histogram of nothing, or into no bin, is an error") {
    CHECK_THROWS_MATCHES(apd::histogram_figure({}), apd::error,
                         Catch::Message("histogram_figure: there is no series; give at least one"));
    CHECK_THROWS_MATCHES(apd::histogram_figure({{"a", {1}}}, {.bins = 0}), apd::error,
                         Catch::Message("histogram_figure: the number of bins is 0; give at least one bin"));
}

TEST_CASE("titles, labels, captions and names of histograms stay text") {
    const auto draw = [](const std::string& text) {
        return read_markup(
            apd::histogram_figure({{text, {0, 1}}, {text, {}}}, {.title = text, .x_label = text, .caption = text}));
    };
    const auto figure = draw(hostile);
    CHECK(figure.size() == draw("a").size());
    for (const auto* name : {"figure-title", "axis-x"}) CHECK(texts(with_class(figure, name)) == strings{hostile_read});
    CHECK(texts(with_tag(figure, "figcaption")) == strings{hostile_read});
    CHECK(texts(with_tag(figure, "title")) == strings{hostile_read});
    CHECK(texts(with_class(figure, "curve-name")) == strings{hostile_read, hostile_read});
    CHECK_THAT(with_tag(figure, "svg")[0]["aria-label"], Catch::StartsWith("Histograms: " + hostile_read + "; "));
}
