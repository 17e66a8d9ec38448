#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>

#include <apd/core/error.hpp>
#include <apd/report/point_chart.hpp>

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using strings = std::vector<std::string>;

/// The `d` of each set's points, without those of the legend.
strings points(const std::vector<markup_element>& chart) {
    strings found;
    for (const auto& element : chart) {
        if (element["class"] == "legend") break;
        if (element["class"] == "points") found.push_back(element["d"]);
    }
    return found;
}

/// How many points the first set has.
long marks(const std::vector<markup_element>& chart) {
    const std::string path = points(chart)[0];
    return std::count(path.begin(), path.end(), 'M');
}

strings legend(const std::vector<markup_element>& chart) { return texts(with_tag(chart, "span")); }

/// x = y = 0, 1, …: the first set of a chart, with the given labels.
apd::point_series along(std::size_t count, strings labels = {}) {
    apd::point_series set{"a", {}, {}, std::move(labels)};
    for (std::size_t i = 0; i < count; ++i) {
        set.x.push_back(static_cast<double>(i));
        set.y.push_back(static_cast<double>(i));
    }
    return set;
}

}  // namespace

TEST_CASE("points are drawn to scale, each set as one path") {
    // [example point_chart]
    const std::string html =
        apd::point_chart({{.name = "features", .x = {0, 50, 100}, .y = {1, 2, 3}, .labels = {"", "", "worst"}}},
                         {.title = "Losses", .x_label = "before", .y_label = "after", .caption = "Three features."});
    // [/example]
    const auto chart = read_markup(html);
    // Left of the axis is room for three characters, 16 + 3 · 7, so that 659 are left for 108 % of the values; from top
    // to bottom 30 to 254.
    CHECK(points(chart) == strings{"M61.4 245.7h0M366.5 142h0M671.6 38.3h0"});
    CHECK(with_class(chart, "points")[0]["style"] == "stroke:var(--colour-0);stroke-width:7.2");
    CHECK(texts(with_class(chart, "tick-x")) == strings{"0", "20", "40", "60", "80", "100"});
    CHECK(with_class(chart, "tick-x")[0]["x"] == "61.41");
    CHECK(texts(with_class(chart, "tick-y")) == strings{"1", "1.5", "2", "2.5", "3"});
    CHECK(with_class(chart, "tick-y")[2]["y"] == "146");
    CHECK(with_class(chart, "grid")[0]["d"].starts_with("M61.41 30V254M"));
    CHECK(texts(with_class(chart, "point-label")) == strings{"worst"});
    CHECK(texts(with_class(chart, "figure-title")) == strings{"Losses"});
    CHECK(texts(with_class(chart, "axis-x")) == strings{"before"});
    CHECK(texts(with_class(chart, "axis-y")) == strings{"after"});
    CHECK(texts(with_tag(chart, "figcaption")) == strings{"Three features."});
    CHECK(texts(with_tag(chart, "title")) == strings{"features"});
    CHECK(with_tag(chart, "svg")[0]["aria-label"] == "Point chart: Losses; features: 3 points");
    CHECK(with_tag(chart, "svg")[0]["viewBox"] == "0 0 720 300");
    CHECK(with_class(chart, "legend").empty());
}

TEST_CASE("on logarithmic axes equal factors are equal distances") {
    const apd::point_series set{"a", {1, 10, 100}, {0.01, 0.1, 1}};
    // "0.01" is four characters: from 44, 652 for 2.16 decades; from 30 to 272.
    CHECK(points(read_markup(apd::point_chart({set}, {.log_x = true, .log_y = true}))) ==
          strings{"M68.1 263h0M370 151h0M671.9 39h0"});
    const auto only_x = read_markup(apd::point_chart({{"a", {1, 10, 100}, {1, 2, 3}}}, {.log_x = true}));
    CHECK(points(only_x) == strings{"M61.4 263h0M366.5 151h0M671.6 39h0"});
    CHECK(texts(with_class(only_x, "tick-x")) == strings{"1", "10", "100"});
    CHECK(texts(with_class(only_x, "tick-y")) == strings{"1", "1.5", "2", "2.5", "3"});
}

TEST_CASE("several sets differ in colour and shape, and a legend names them") {
    std::vector<apd::point_series> sets;
    for (std::size_t s = 0; s < 9; ++s) sets.push_back({std::string(1, static_cast<char>('a' + s)), {0, 1}, {0, 1}});
    const auto chart = read_markup(apd::point_chart(sets));
    std::set<std::string> colours, shapes;
    for (const auto& path : with_class(chart, "points")) colours.insert(path["style"].substr(0, 23));
    const strings drawn = points(chart);
    REQUIRE(drawn.size() == 9);
    for (const auto& path : drawn) shapes.insert(path.substr(path.find_first_of("hl"), path.find('M', 1)));
    CHECK(colours.size() == 9);
    CHECK(shapes.size() == 8);
    CHECK(legend(chart)[0] == "a (2 points)");
    CHECK(legend(chart).size() == 9);
    // A mark in the legend has the colour of its set.
    CHECK(with_class(chart, "points").size() == 18);
    CHECK(with_class(chart, "points")[10]["style"].starts_with("stroke:var(--colour-1);"));
}

TEST_CASE("shapes are drawn around their points") {
    const auto chart = read_markup(apd::point_chart({{"a", {}, {}}, {"b", {5}, {5}}, {"c", {}, {}}, {"d", {5}, {5}}}));
    // A single point is in the middle of both axes: ticks of one character leave 23 to 696 and 30 to 272.
    REQUIRE(with_class(chart, "tick-y").front().text.size() == 1);
    CHECK(points(chart)[1] == "M355.9 147.4l7.2 0 0 7.2 -7.2 0 0 -7.2");  // a square of 7.2
    CHECK(points(chart)[3] == "M355.2 151l8.6 0 -4.3 0 0 -4.3 0 8.6");    // a plus of 8.64
    CHECK(points(chart)[0].empty());
    CHECK(legend(chart) == strings{"a (no points)", "b (1 point)", "c (no points)", "d (1 point)"});
}

TEST_CASE("points that cannot be drawn are left out, which the legend says") {
    const apd::point_series set{
        "a", {0, 1, not_a_number, 2, 3}, {1, infinity, 1, 3, 0}, {"", "lost", "lost", "", "zero"}};
    const auto linear = read_markup(apd::point_chart({set}));
    CHECK(legend(linear) == strings{"a (5 points, 2 left out)", "left out: not finite"});
    CHECK(texts(with_class(linear, "point-label")) == strings{"zero"});
    CHECK(marks(linear) == 3);
    const auto log = read_markup(apd::point_chart({set}, {.log_x = true, .log_y = true}));
    CHECK(legend(log) ==
          strings{"a (5 points, 4 left out)", "left out: not finite, or not positive on a logarithmic axis"});
    CHECK(with_class(log, "point-label").empty());
    CHECK(with_tag(log, "svg")[0]["aria-label"] == "Point chart: ; a: 5 points, 4 left out");
    const auto none = read_markup(apd::point_chart({{"", {0}, {not_a_number}}}));
    CHECK(legend(none) == strings{"1 point, all left out", "left out: not finite"});
}

TEST_CASE("a chart without points stands, and says so") {
    for (const bool log : {false, true}) {
        const apd::point_chart_options options{.log_x = log, .log_y = log, .height = 0};
        const auto empty = read_markup(apd::point_chart({}, options));
        CHECK(legend(empty) == strings{"no points"});
        CHECK(not_places(empty).empty());
        CHECK(with_tag(empty, "svg")[0]["viewBox"] == "0 0 720 120");
        const auto named = read_markup(apd::point_chart({{"a", {}, {}}}, options));
        CHECK(legend(named) == strings{"a (no points)"});
        CHECK(not_places(named).empty());
    }
}

TEST_CASE("the diagonal runs from corner to corner of axes with the same range") {
    const auto chart = read_markup(apd::point_chart({{"a", {0, 1}, {2, 4}}}, {.diagonal = true}));
    // Both axes hold 0 to 4.
    CHECK(with_class(chart, "diagonal")[0]["d"] == "M23 272L696 30");
    CHECK(texts(with_class(chart, "tick-x")) == strings{"0", "1", "2", "3", "4"});
    CHECK(texts(with_class(chart, "tick-y")) == strings{"0", "1", "2", "3", "4"});
    CHECK(legend(chart) == strings{"a (2 points)", "y = x"});
    CHECK(with_class(read_markup(apd::point_chart({{"a", {0, 1}, {2, 4}}})), "diagonal").empty());

    const auto log = read_markup(
        apd::point_chart({{"a", {1e-4, 1e-2}, {1e-6, 1e-3}}}, {.log_x = true, .log_y = true, .diagonal = true}));
    CHECK(texts(with_class(log, "tick-x")) == texts(with_class(log, "tick-y")));
    CHECK(with_class(log, "diagonal")[0]["d"] == "M44 272L696 30");  // "10⁻⁶" is four characters
}

TEST_CASE("where one axis is logarithmic the diagonal is the curve of equal values") {
    const auto chart = read_markup(apd::point_chart({{"a", {1, 100}, {1, 100}}}, {.log_y = true, .diagonal = true}));
    const std::string path = with_class(chart, "diagonal")[0]["d"];
    CHECK(std::count(path.begin(), path.end(), 'L') == 100);
    // x from −2.96 to 103.96, y from 10⁻⁰·⁰⁸ to 10²·⁰⁸; the curve from the lowest y to the greatest x, both axes' ends.
    const double left = 37, low = std::pow(10, -0.08);
    const double start = left + (low + 2.96) / 106.92 * (696 - left);
    CHECK(std::stod(path.substr(1)) == Approx(start).margin(0.06));
    CHECK(path.substr(path.find(' ') + 1, 4) == "272L");
    CHECK(path.substr(path.rfind('L'), 5) == "L696 ");
    const auto apart = read_markup(apd::point_chart({{"a", {-9, -5}, {1, 100}}}, {.log_y = true, .diagonal = true}));
    CHECK(with_class(apart, "diagonal").empty());
    CHECK(with_class(apart, "legend").empty());
}

TEST_CASE("thousands of points are small marks in a small file") {
    apd::point_series many{"many", {}, {}};
    for (std::size_t i = 0; i < 5000; ++i) {
        many.x.push_back(static_cast<double>(i * 7919 % 10'007));
        many.y.push_back(static_cast<double>(i * 104'729 % 10'009));
    }
    const std::string html = apd::point_chart({many}, {.height = 480});
    CHECK(html.size() < 5000 * 17);
    const auto chart = read_markup(html);
    CHECK(with_tag(chart, "path").size() < 10);
    CHECK(with_class(chart, "points")[0]["style"] == "stroke:var(--colour-0);stroke-width:2.7");
    CHECK(marks(chart) > 4990);  // a few share their place
}

TEST_CASE("points at one place are drawn once") {
    const auto chart =
        read_markup(apd::point_chart({{"a", std::vector<double>(1000, 1), std::vector<double>(1000, 1)}}));
    CHECK(marks(chart) == 1);
    CHECK(with_tag(chart, "svg")[0]["aria-label"] == "Point chart: ; a: 1\u202f000 points");
}

TEST_CASE("a label is at the right of its point, or where it hides less") {
    // A lone label: 7.2 / 2 + 3 from its point, half its width of 5.8 a character further its middle.
    const auto lone = read_markup(apd::point_chart({{"a", {0, 1}, {0, 1}, {"abc", ""}}}));
    const double x = std::stod(points(lone)[0].substr(1));
    CHECK(std::stod(with_class(lone, "point-label")[0]["x"]) == Approx(x + 3.6 + 3 + 1.5 * 5.8).margin(0.06));
    CHECK(with_class(lone, "point-label")[0]["y"] == "266.54");  // of the point 272 − 0.04 / 1.08 · 242, 3.5 lower

    // At the right end there is no room, at the left there is.
    const auto end = read_markup(apd::point_chart({along(2, {"", "a label"})}));
    CHECK(std::stod(with_class(end, "point-label")[0]["x"]) < 696 - 20);

    // Another point is just at the right.
    const auto beside = read_markup(apd::point_chart({{"a", {0, 50, 52, 100}, {0, 1, 1, 0}, {"", "abc", "", ""}}}));
    const std::string middle = points(beside)[0].substr(points(beside)[0].find('M', 1) + 1);
    CHECK(std::stod(with_class(beside, "point-label")[0]["x"]) < std::stod(middle));
}

TEST_CASE("labels of points that are close don't lie over each other") {
    apd::point_series set{"a", {0, 100, 50, 50.5, 51, 50.2}, {0, 2, 1, 1.01, 1, 0.98}, {"", "", "p", "q", "r", "s"}};
    const auto labels = with_class(read_markup(apd::point_chart({set})), "point-label");
    REQUIRE(labels.size() == 4);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            const double x = std::abs(std::stod(labels[i]["x"]) - std::stod(labels[k]["x"]));
            const double y = std::abs(std::stod(labels[i]["y"]) - std::stod(labels[k]["y"]));
            if (x < 5.8 && y < 10.9) FAIL(labels[i].text << " lies over " << labels[k].text);
        }
    }
}

TEST_CASE("points at the ends of what a double holds are drawn, or left out, without an endless axis") {
    for (const auto& values : std::vector<std::vector<double>>{
             {1.0, 1.0000000000000002}, {-1.7e308, 1.7e308}, {5e-324, 1}, {1e-240, 1e240}, {-1e249, 1e249}}) {
        for (const bool log : {false, true}) {
            for (const bool diagonal : {false, true}) {
                const std::string html =
                    apd::point_chart({{"a", values, values}}, {.log_y = log, .diagonal = diagonal});
                CHECK(html.size() < 10'000);
                CHECK(not_places(read_markup(html)).empty());
            }
        }
    }
}

TEST_CASE("sets with a point or a label too few are errors that name them") {
    CHECK_THROWS_MATCHES(apd::point_chart({{"a", {0}, {0}}, {"b", {0, 1, 2}, {1, 2}}}), apd::error,
                         Catch::Message("point_chart: set 'b': has 3 x and 2 y; give each point both"));
    CHECK_THROWS_MATCHES(
        apd::point_chart({along(2, {"one"})}), apd::error,
        Catch::Message("point_chart: set 'a': has 1 labels for 2 points; give none or one for each point"));
}

TEST_CASE("titles, labels, captions and names of point charts stay text") {
    const auto draw = [](const std::string& text) {
        return read_markup(apd::point_chart({{text, {0, 1}, {1, 2}, {text, ""}}, {text, {}, {}}},
                                            {.title = text, .x_label = text, .y_label = text, .caption = text}));
    };
    const auto chart = draw(hostile);
    CHECK(chart.size() == draw("a").size());
    for (const auto* name : {"figure-title", "axis-x", "axis-y", "point-label"})
        CHECK(texts(with_class(chart, name)) == strings{hostile_read});
    CHECK(texts(with_tag(chart, "figcaption")) == strings{hostile_read});
    CHECK(texts(with_tag(chart, "title")) == strings{hostile_read, hostile_read});
    CHECK(legend(chart) == strings{hostile_read + " (2 points)", hostile_read + " (no points)"});
    CHECK_THAT(with_tag(chart, "svg")[0]["aria-label"], Catch::StartsWith("Point chart: " + hostile_read + "; "));
}
