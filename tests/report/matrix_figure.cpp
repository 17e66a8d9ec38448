#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>

#include <apd/core/error.hpp>
#include <apd/report/matrix_figure.hpp>

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using row = std::array<std::string, 3>;
using shape = std::array<std::size_t, 2>;

/// The paths of the panels (not those of the colour bar): class, opacity, d.
std::vector<row> cells(const std::vector<markup_element>& figure) {
    std::vector<row> found;
    for (const auto& element : figure) {
        if (element["class"] == "legend") break;
        if (element.tag == "path") found.push_back({element["class"], element["opacity"], element["d"]});
    }
    return found;
}

}  // namespace

TEST_CASE("a matrix is drawn as cells of its signs and magnitudes") {
    // [example matrix_figure]
    const apd::matrix_panel weight{.title = "W", .rows = 2, .columns = 2, .values = {2, -2, 0, 1}, .note = "rank 2"};
    const std::string html = apd::matrix_figure({weight}, "A weight.");
    // [/example]
    const auto figure = read_markup(html);
    CHECK(cells(figure) == std::vector<row>{{"negative", "1", "M1 0h1v1h-1z"},
                                            {"positive", "0.5", "M1 1h1v1h-1z"},
                                            {"positive", "1", "M0 0h1v1h-1z"}});
    CHECK(texts(with_class(figure, "panel-title")) == std::vector<std::string>{"W"});
    CHECK(texts(with_class(figure, "panel-note")) == std::vector<std::string>{"rank 2"});
    CHECK(texts(with_tag(figure, "figcaption")) == std::vector<std::string>{"A weight."});
    CHECK(with_class(figure, "matrix")[0]["aria-label"] == "W: 2 × 2 matrix, smallest value −2, largest 2");
}

TEST_CASE("neighbours of one shade in a row are one rectangle") {
    const auto figure = read_markup(apd::matrix_figure({{"W", 2, 4, {1, 1, 1, -1, 1, 1, 1, 1}}}, ""));
    CHECK(cells(figure) ==
          std::vector<row>{{"negative", "1", "M3 0h1v1h-1z"}, {"positive", "1", "M0 0h3v1h-3zM0 1h4v1h-4z"}});
}

TEST_CASE("all matrices are on one scale, which the colour bar names") {
    const auto figure = read_markup(apd::matrix_figure({{"small", 1, 2, {0.5, -1}}, {"large", 1, 2, {-1, -4}}}, ""));
    CHECK(cells(figure) == std::vector<row>{{"negative", "0.25", "M1 0h1v1h-1z"},
                                            {"positive", "0.15", "M0 0h1v1h-1z"},  // 2.5 of 20 shades, rounded to 3
                                            {"negative", "1", "M1 0h1v1h-1z"},
                                            {"negative", "0.25", "M0 0h1v1h-1z"}});
    CHECK(with_class(figure, "matrix").back()["aria-label"] == "Colour scale from −4 through 0 to 4");
    CHECK(texts(with_tag(figure, "span")) == std::vector<std::string>{"−4", "4"});
}

TEST_CASE("the colour bar has all shades of both signs about an empty middle") {
    const auto figure = read_markup(apd::matrix_figure({{"W", 1, 1, {-1}}}, ""));
    const auto negative = with_class(figure, "negative"), positive = with_class(figure, "positive");
    REQUIRE(negative.size() == 21);  // the first is the matrix
    REQUIRE(positive.size() == 20);
    CHECK(negative[1]["d"] == "M0 0h1v1h-1z");
    CHECK(negative[1]["opacity"] == "1");
    CHECK(negative.back()["d"] == "M19 0h1v1h-1z");
    CHECK(positive[0]["d"] == "M21 0h1v1h-1z");
    CHECK(positive[0]["opacity"] == "0.05");
    CHECK(positive.back()["opacity"] == "1");
}
TEST_CASE("where nothing is negative the colour bar begins at zero") {
    const auto figure = read_markup(apd::matrix_figure({{"A", 1, 2, {0, 1}}}, ""));
    CHECK(with_class(figure, "negative").empty());
    REQUIRE(with_class(figure, "positive").size() == 21);  // the first is the matrix
    CHECK(with_class(figure, "positive")[1]["d"] == "M1 0h1v1h-1z");
    CHECK(with_class(figure, "matrix").back()["aria-label"] == "Colour scale from 0 to 1");
    CHECK(texts(with_tag(figure, "span")) == std::vector<std::string>{"0", "1"});
}

TEST_CASE("values that are not finite are marked, counted, and leave the scale alone") {
    const auto figure =
        read_markup(apd::matrix_figure({{"W", 2, 2, {not_a_number, infinity, -infinity, 3}, "note"}}, ""));
    CHECK(cells(figure) ==
          std::vector<row>{{"positive", "1", "M1 1h1v1h-1z"}, {"not-finite", "", "M0 0h2v1h-2zM0 1h1v1h-1z"}});
    CHECK(texts(with_class(figure, "panel-note")) == std::vector<std::string>{"note", "3 not finite"});
    CHECK(with_class(figure, "matrix")[0]["aria-label"] == "W: 2 × 2 matrix, smallest value 3, largest 3");
    CHECK(not_places(figure).empty());
    const auto none = read_markup(apd::matrix_figure({{"W", 1, 1, {not_a_number}}}, ""));
    CHECK(with_class(none, "matrix")[0]["aria-label"] == "W: 1 × 1 matrix");
}

TEST_CASE("the largest and the smallest of numbers are drawn") {
    constexpr double largest = std::numeric_limits<double>::max(), least = std::numeric_limits<double>::denorm_min();
    CHECK(cells(read_markup(apd::matrix_figure({{"W", 1, 2, {-largest, least}}}, ""))) ==
          std::vector<row>{{"negative", "1", "M0 0h1v1h-1z"}});
    CHECK(cells(read_markup(apd::matrix_figure({{"W", 1, 1, {least}}}, ""))) ==
          std::vector<row>{{"positive", "1", "M0 0h1v1h-1z"}});
}

TEST_CASE("a matrix of zeros is the background, and the legend says so") {
    const auto figure = read_markup(apd::matrix_figure({{"W", 2, 2, {0, 0, -0.0, 0}}}, ""));
    CHECK(with_tag(figure, "path").empty());
    CHECK(texts(with_class(figure, "legend")) == std::vector<std::string>{"every value is 0"});
}

TEST_CASE("no matrix, and a matrix without cells, are figures") {
    CHECK(with_tag(read_markup(apd::matrix_figure({}, "none")), "figcaption")[0].text == "none");
    for (const auto& [rows, columns] : {shape{0, 0}, shape{3, 0}, shape{0, 3}}) {
        const apd::matrix_panel panel{"W", rows, columns, {}};
        const auto figure = read_markup(apd::matrix_figure({panel}, ""));
        CHECK(with_tag(figure, "figcaption").empty());
        CHECK(with_class(figure, "matrix").size() == 1);
        CHECK(not_places(figure).empty());
    }
}

TEST_CASE("a matrix keeps its shape and a size that fits, a larger one where it is alone") {
    const auto size = [](std::size_t panels, std::size_t rows, std::size_t columns) {
        const apd::matrix_panel panel{"W", rows, columns, std::vector<double>(rows * columns, 1.0)};
        const std::vector<apd::matrix_panel> all(panels, panel);
        const auto drawing = with_class(read_markup(apd::matrix_figure(all, "")), "matrix")[0];
        return drawing["width"] + "x" + drawing["height"] + " of " + drawing["viewBox"];
    };
    CHECK(size(2, 2, 4) == "64x32 of 0 0 4 2");
    CHECK(size(2, 80, 320) == "160x40 of 0 0 320 80");
    CHECK(size(2, 1, 1000) == "160x4 of 0 0 1000 1");
    CHECK(size(1, 2, 4) == "64x32 of 0 0 4 2");
    CHECK(size(1, 80, 320) == "640x160 of 0 0 320 80");
}

TEST_CASE("a matrix of many values has one path for each shade") {
    std::vector<double> values(10'000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * 7919 % 10'007) - 5003.0;
    CHECK(cells(read_markup(apd::matrix_figure({{"W", 100, 100, values}}, ""))).size() == 40);
}

TEST_CASE("values that do not fill the matrix are an error") {
    CHECK_THROWS_MATCHES(apd::matrix_figure({{"W", 2, 3, {1, 2, 3}}}, ""), apd::error,
                         Catch::Message("matrix_figure: panel 'W': has 3 values, expected 2 × 3; give one value for "
                                        "each cell, row after row"));
}

TEST_CASE("titles, notes and captions of matrices stay text") {
    const auto figure = read_markup(apd::matrix_figure({{hostile, 1, 1, {1}, hostile}}, hostile));
    CHECK(figure.size() == read_markup(apd::matrix_figure({{"a", 1, 1, {1}, "b"}}, "c")).size());
    CHECK(with_class(figure, "panel-title")[0].text == hostile_read);
    CHECK(with_class(figure, "panel-note")[0].text == hostile_read);
    CHECK(with_tag(figure, "figcaption")[0].text == hostile_read);
    CHECK_THAT(with_class(figure, "matrix")[0]["aria-label"], Catch::StartsWith(hostile_read + ": 1 × 1"));
}

TEST_CASE("without a finite value there is no scale") {
    const auto figure = read_markup(apd::matrix_figure({{"W", 1, 1, {std::nan("")}}}, ""));
    CHECK(texts(with_class(figure, "legend")) == std::vector<std::string>{"no value is finite"});
}
TEST_CASE("rows and columns with names are numbered, so that no number touches the next") {
    const auto numbers_of = [](std::size_t rows, std::size_t columns) {
        const auto figure = read_markup(apd::matrix_figure({{.title = "a",
                                                             .rows = rows,
                                                             .columns = columns,
                                                             .values = std::vector<double>(rows * columns, 1),
                                                             .row_name = "feature",
                                                             .column_name = "component"}},
                                                           ""));
        return std::array{with_class(figure, "tick-y"), with_class(figure, "tick-x")};
    };
    const auto apart = [](const std::vector<markup_element>& ticks, const char* axis) {
        double least = 1e9;
        for (std::size_t i = 1; i < ticks.size(); ++i)
            least = std::min(least, std::stod(ticks[i][axis]) - std::stod(ticks[i - 1][axis]));
        return least;
    };
    CHECK(texts(numbers_of(5, 5)[0]) == std::vector<std::string>{"0", "1", "2", "3", "4"});
    CHECK(texts(numbers_of(5, 5)[1]) == std::vector<std::string>{"0", "1", "2", "3", "4"});
    const auto [rows, columns] = numbers_of(100, 130);
    CHECK(apart(rows, "y") >= 12);     // a line of 12 px
    CHECK(apart(columns, "x") >= 23);  // three digits
    CHECK(rows.size() >= 20);          // but not fewer than there is room for
    CHECK(columns.size() >= 26);
    CHECK(texts(columns)[1] == "5");
}
TEST_CASE("numbers that are given are those of the rows and columns, and one for each") {
    apd::matrix_panel panel{.title = "a", .rows = 1, .columns = 2, .values = {1, 2}, .column_name = "component"};
    panel.column_numbers = {7, 3};
    CHECK(texts(with_class(read_markup(apd::matrix_figure({panel}, "")), "tick-x")) ==
          std::vector<std::string>{"7", "3"});
    panel.row_numbers = {1, 2};
    CHECK_THROWS_WITH(
        apd::matrix_figure({panel}, ""),
        "matrix_figure: panel 'a': has not one number for each row and column; give one for each, or none");
}
