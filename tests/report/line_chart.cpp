#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>

#include <apd/core/error.hpp>
#include <apd/report/line_chart.hpp>

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using strings = std::vector<std::string>;

/// The `d` of each curve.
strings curves(const std::vector<markup_element>& chart) {
    strings found;
    for (const auto& curve : with_class(chart, "curve")) found.push_back(curve["d"]);
    return found;
}

/// The chart of one curve named "a" over x = 0, 1, …: the axes' labels aside, y is drawn from 30 down to 272.
std::vector<markup_element> chart_of(const std::vector<double>& y, bool log_y = false) {
    apd::line_series a{"a", {}, y};
    for (std::size_t i = 0; i < y.size(); ++i) a.x.push_back(static_cast<double>(i));
    return read_markup(apd::line_chart({a}, {.log_y = log_y}));
}

/// Pairs of the numbers of a path, without its letters.
std::vector<std::array<double, 2>> points(const std::string& path) {
    std::vector<std::array<double, 2>> found;
    for (const char* at = path.c_str(); *at == 'M' || *at == 'L';) {
        char* end = nullptr;
        const double x = std::strtod(at + 1, &end), y = std::strtod(end + 1, &end);
        found.push_back({x, y});
        at = end;
    }
    return found;
}

}  // namespace

TEST_CASE("a curve is drawn to scale, with its name at its end") {
    // [example line_chart]
    const std::string html = apd::line_chart({{.name = "total", .x = {0, 1, 2}, .y = {1, 2, 3}}},
                                             {.title = "Losses", .x_label = "step", .caption = "Of one run."});
    // [/example]
    const auto chart = read_markup(html);
    // Left of the axis 16 + 3 · 7, right of it 16 + 5 · 7.2; the values take 2 of 2.16 of the height from 30 to 254.
    CHECK(curves(chart) == strings{"M37 245.7L352.5 142L668 38.3"});
    CHECK(with_class(chart, "curve")[0]["style"] == "stroke:var(--colour-0)");
    CHECK(texts(with_class(chart, "curve-name")) == strings{"total"});
    CHECK(with_class(chart, "curve-name")[0]["y"] == "42.3");  // the middle of the letters is at 38.3
    CHECK(texts(with_class(chart, "tick-y")) == strings{"1", "1.5", "2", "2.5", "3"});
    CHECK(with_class(chart, "tick-y")[2]["y"] == "146");
    CHECK(texts(with_class(chart, "tick-x")) == strings{"0", "0.5", "1", "1.5", "2"});
    CHECK(with_class(chart, "tick-x")[2]["x"] == "352.5");
    CHECK(texts(with_class(chart, "figure-title")) == strings{"Losses"});
    CHECK(texts(with_class(chart, "axis-x")) == strings{"step"});
    CHECK(with_class(chart, "axis-y").empty());
    CHECK(texts(with_tag(chart, "figcaption")) == strings{"Of one run."});
    CHECK(with_tag(chart, "svg")[0]["aria-label"] == "Line chart: Losses");
}

TEST_CASE("without title a chart is announced by the name of its values") {
    const auto chart = read_markup(apd::line_chart({}, {.y_label = "loss"}));
    CHECK(with_tag(chart, "svg")[0]["aria-label"] == "Line chart: loss");
    CHECK(texts(with_class(chart, "axis-y")) == strings{"loss"});
    CHECK(with_class(chart, "figure-title").empty());
    CHECK(with_tag(chart, "figcaption").empty());
}

TEST_CASE("on a logarithmic axis equal factors are equal distances") {
    const auto chart = chart_of({1, 10, 100}, true);
    CHECK(texts(with_class(chart, "tick-y")) == strings{"1", "10", "100"});
    CHECK(curves(chart) == strings{"M37 263L366.9 151L696.8 39"});
}

TEST_CASE("a value that cannot be drawn is a gap, a point between two gaps is a dot") {
    CHECK(curves(chart_of({1, 2, not_a_number, 2, infinity, 3, 3})) ==
          strings{"M37 263L147 151M366.9 151h0M586.8 39L696.8 39"});
    CHECK(curves(chart_of({-infinity, 1, 3})) == strings{"M37 263L696.8 39"});
    CHECK(curves(chart_of({1, 0, 10, 100, -5, 100}, true)) == strings{"M37 263h0M300.9 151L432.9 39M696.8 39h0"});
    const auto chart = read_markup(apd::line_chart({{"a", {0, not_a_number, infinity, 2}, {1, 9, 9, 3}}}, {}));
    CHECK(curves(chart) == strings{"M37 263h0M696.8 39h0"});
    CHECK(texts(with_class(chart, "tick-x")).back() == "2");
}

TEST_CASE("a constant curve is in the middle of its chart") {
    CHECK(curves(chart_of({3, 3})) == strings{"M37 151L696.8 151"});
    CHECK(curves(chart_of({0, 0})).front().ends_with(" 151"));
    CHECK(curves(chart_of({7, 7}, true)).front().ends_with(" 151"));
    CHECK(curves(chart_of({-1e9})).front().ends_with(" 151h0"));
}

TEST_CASE("curves without a value are named as such, and the chart stands") {
    const auto chart = read_markup(apd::line_chart(
        {{"a", {0, 1}, {1, 3}}, {"b", {0, 1}, {not_a_number, infinity}}, {"c", {}, {}}}, {.log_y = true}));
    CHECK(texts(with_class(chart, "curve-name")) == strings{"a", "b (no value)", "c (no value)"});
    CHECK(curves(chart)[1].empty());
    CHECK(texts(with_tag(chart, "title")) == strings{"a", "b", "c"});
    CHECK(not_places(chart).empty());
    for (const bool log_y : {false, true}) {
        CHECK(not_places(read_markup(apd::line_chart({}, {.log_y = log_y}))).empty());
        const auto none = read_markup(apd::line_chart({{"loss", {0}, {-infinity}}}, {.log_y = log_y}));
        CHECK(not_places(none).empty());
        CHECK(texts(with_class(none, "curve-name")) == strings{"loss (no value)"});
    }
}

TEST_CASE("thinning a million points keeps the extremes of every column of pixels") {
    std::vector<double> y(1'000'000);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<double>(i * 7919 % 10'007) / 10'007;
    y.front() = y.back() = 0.5;  // no extremes
    y[123'456] = 50;
    y[777'777] = -40;
    const auto chart = chart_of(y);
    const std::string path = curves(chart)[0];
    CHECK(path.size() < 50'000);
    const auto drawn = points(path);
    CHECK(drawn.size() <= 4 * 720);
    CHECK(std::is_sorted(drawn.begin(), drawn.end(), [](const auto& a, const auto& b) { return a[0] < b[0]; }));

    // "−40" is three characters wide; 50 and −40 are 4 % of 90 from the ends of the axis.
    const auto pixel_x = [](std::size_t i) { return 37 + static_cast<double>(i) / 999'999 * 659.8; };
    const auto pixel_y = [](double value) { return 272 - (value + 43.6) / 97.2 * 242; };
    CHECK(drawn.front()[1] == Approx(pixel_y(y.front())).margin(0.051));
    CHECK(drawn.back()[0] == Approx(696.8));
    CHECK(drawn.back()[1] == Approx(pixel_y(y.back())).margin(0.051));
    std::map<double, std::array<double, 2>> columns;  // lowest and highest value
    for (std::size_t i = 0; i < y.size(); ++i) {
        auto& extremes = columns.try_emplace(std::floor(pixel_x(i)), std::array{y[i], y[i]}).first->second;
        extremes = {std::min(extremes[0], y[i]), std::max(extremes[1], y[i])};
    }
    for (const auto& [column, extremes] : columns) {
        for (const double extreme : extremes) {
            // A coordinate just below the next column may be rounded up to it.
            const bool kept = std::any_of(drawn.begin(), drawn.end(), [&, left = column](const auto& point) {
                return point[0] >= left && point[0] <= left + 1 && std::abs(point[1] - pixel_y(extreme)) < 0.051;
            });
            if (!kept) FAIL("lost " << extreme << " in the column at " << column);
        }
    }
    CHECK(columns.size() == 660);
}

TEST_CASE("points of a column stay in order and a gap stays a gap when thinned") {
    std::vector<double> y(100'000, 0.0);
    y[50'001] = 1;
    y[50'002] = -1;
    CHECK_THAT(curves(chart_of(y))[0], Catch::Contains("L370.4 39L370.4 263L"));
    y[50'003] = not_a_number;
    const std::string path = curves(chart_of(y))[0];
    CHECK(std::count(path.begin(), path.end(), 'M') == 2);
    CHECK(path.size() < 50'000);
}

TEST_CASE("names of curves that end together are a line apart and within the chart") {
    std::vector<apd::line_series> series(20, {"at the top", {0, 1}, {0, 1}});
    series.insert(series.end(), 20, {"at the bottom", {0, 1}, {1, 0}});
    const auto chart = read_markup(apd::line_chart(series, {}));
    std::vector<double> heights;
    for (const auto& name : with_class(chart, "curve-name")) heights.push_back(std::stod(name["y"]));
    REQUIRE(heights.size() == 40);
    CHECK(*std::max_element(heights.begin(), heights.begin() + 20) <
          *std::min_element(heights.begin() + 20, heights.end()));
    std::sort(heights.begin(), heights.end());
    for (std::size_t i = 1; i < heights.size(); ++i) CHECK(heights[i] - heights[i - 1] >= 15 - 1e-9);
    CHECK(with_tag(chart, "svg")[0]["viewBox"] == "0 0 720 690");
    CHECK(heights.front() >= 30);
    CHECK(heights.back() <= 690 - 28 + 4);
}

TEST_CASE("each curve has the colour of its name") {
    const auto chart = read_markup(apd::line_chart({{"a", {0}, {1}}, {"b", {0}, {2}}}, {}));
    CHECK(with_class(chart, "curve")[1]["style"] == "stroke:var(--colour-1)");
    CHECK(with_tag(chart, "g")[1]["style"] == "fill:var(--colour-1)");
    CHECK(texts(with_class(chart, "curve-name")) == strings{"a", "b"});
}

TEST_CASE("room for names is counted in characters") {
    const auto latin = read_markup(apd::line_chart({{"abc", {0, 1}, {1, 3}}}, {}));
    const auto greek = read_markup(apd::line_chart({{"αβγ", {0, 1}, {1, 3}}}, {}));
    CHECK(curves(latin) == strings{"M37 263L682.4 39"});
    CHECK(curves(greek) == curves(latin));
    const auto endless = read_markup(apd::line_chart({{std::string(1000, 'n'), {0, 1}, {1, 3}}}, {}));
    CHECK(curves(endless) == strings{"M37 263L460 39"});
}

TEST_CASE("a point without both coordinates is an error that names the series") {
    CHECK_THROWS_MATCHES(apd::line_chart({{"a", {0}, {0}}, {"loss", {0, 1, 2}, {1, 2}}}, {}), apd::error,
                         Catch::Message("line_chart: series 'loss': has 3 x and 2 y; give each point both"));
}

TEST_CASE("titles, labels, captions and names of charts stay text") {
    const auto draw = [](const std::string& text) {
        return read_markup(apd::line_chart({{text, {0, 1}, {1, 2}}, {text, {}, {}}},
                                           {.title = text, .x_label = text, .y_label = text, .caption = text}));
    };
    const auto chart = draw(hostile);
    CHECK(chart.size() == draw("a").size());
    for (const auto* name : {"figure-title", "axis-x", "axis-y"}) {
        CHECK(texts(with_class(chart, name)) == strings{hostile_read});
    }
    CHECK(texts(with_tag(chart, "figcaption")) == strings{hostile_read});
    CHECK(texts(with_tag(chart, "title")) == strings{hostile_read, hostile_read});
    CHECK(texts(with_class(chart, "curve-name")) == strings{hostile_read, hostile_read + " (no value)"});
    CHECK(with_tag(chart, "svg")[0]["aria-label"] == "Line chart: " + hostile_read);
}

TEST_CASE(
    "values that differ by less than a double resolves, or by more than it holds, are drawn without an endless axis") {
    for (const auto& y : std::vector<std::vector<double>>{
             {1.0, 1.0000000000000002}, {1e17, 1e17 + 16}, {-1.7e308, 1.7e308}, {1e5, 1e5 + 1e-9}}) {
        const std::string html = apd::line_chart({{"a", {0, 1}, y}}, {});
        CHECK(html.size() < 10'000);
        CHECK(html.find("nan") == html.npos);
    }
    for (const auto& x : std::vector<std::vector<double>>{{1.7e18}, {-1.7e308}}) {
        const std::string html = apd::line_chart({{"a", x, {1}}}, {});
        CHECK(html.size() < 10'000);
        CHECK(html.find("nan") == html.npos);
    }
    CHECK(apd::line_chart({{"a", {0}, {5e-324}}}, {.log_y = true}).find("nan") == std::string::npos);
}
