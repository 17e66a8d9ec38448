#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>

#include <apd/report/vector_figure.hpp>

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using strings = std::vector<std::string>;

/// "x y" of the end of each vector; the origin of a panel is at 62 62, its longest vector 48 from there.
strings ends(const std::vector<markup_element>& figure) {
    strings found;
    for (const auto& line : with_class(figure, "vector")) found.push_back(line["x2"] + " " + line["y2"]);
    return found;
}

/// The styles of the groups of vectors: their colours.
strings colours(const std::vector<markup_element>& figure) {
    strings found;
    for (const auto& group : with_tag(figure, "g")) found.push_back(group["style"]);
    return found;
}

}  // namespace

TEST_CASE("vectors point right and up from the origin, numbered and named") {
    // [example vector_figure]
    const apd::vector_panel weight{.title = "W", .vectors = {{1, 0}, {0, 1}, {-0.6, -0.8}}, .note = "a row each"};
    const std::string html = apd::vector_figure({weight}, "A weight.");
    // [/example]
    const auto figure = read_markup(html);
    CHECK(ends(figure) == strings{"110 62", "62 14", "33.2 100.4"});
    CHECK(texts(with_class(figure, "tip")) == strings{"0", "1", "2"});
    CHECK(with_class(figure, "tip")[0]["x"] == "118.5");
    CHECK(with_class(figure, "tip")[0]["y"] == "65.4");
    CHECK(texts(with_tag(figure, "title")) ==
          strings{"feature 0: (1, 0), length 1", "feature 1: (0, 1), length 1", "feature 2: (−0.6, −0.8), length 1"});
    CHECK(with_tag(figure, "svg")[0]["aria-label"] == "W: feature 0 (1, 0); feature 1 (0, 1); feature 2 (−0.6, −0.8)");
    CHECK(texts(with_class(figure, "panel-title")) == strings{"W"});
    CHECK(texts(with_class(figure, "panel-note")) == strings{"a row each"});
    CHECK(texts(with_tag(figure, "figcaption")) == strings{"A weight."});
}

TEST_CASE("all vectors are on one scale, whose circle the legend names") {
    const auto figure = read_markup(apd::vector_figure({{"small", {{1, 0}}}, {"large", {{0, -2}}}}, ""));
    CHECK(ends(figure) == strings{"86 62", "62 110"});
    REQUIRE(with_class(figure, "guide").size() == 2);
    CHECK(with_class(figure, "guide")[0]["r"] == "48");
    CHECK(with_class(figure, "guide")[1]["r"] == "48");
    CHECK(texts(with_tag(figure, "span")) == strings{"feature", "0", "length 2"});
}

TEST_CASE("the circle is of the round length nearest to the longest vector, and all fits in") {
    const auto circle = [](double longest) {
        const auto figure = read_markup(apd::vector_figure({{"W", {{longest, 0}}}}, ""));
        return with_tag(figure, "span").back().text + ", r " + with_class(figure, "guide")[0]["r"] + ", end " +
               ends(figure)[0];
    };
    CHECK(circle(3) == "length 2, r 32, end 110 62");
    CHECK(circle(4) == "length 5, r 48, end 100.4 62");
    CHECK(circle(0.8) == "length 1, r 48, end 100.4 62");
    CHECK(circle(0.006) == "length 0.005, r 40, end 110 62");
    CHECK(circle(1.2e5).ends_with(", r 40, end 110 62"));
}

TEST_CASE("a vector that is not finite is left out and counted, the others keep number and colour") {
    const auto figure = read_markup(
        apd::vector_figure({{"W", {{not_a_number, 0}, {1, 0}, {0, -infinity}, {0, 1}}, "note"}, {"P", {{0, 1}}}}, ""));
    CHECK(ends(figure) == strings{"110 62", "62 14", "62 14"});
    CHECK(texts(with_class(figure, "tip")) == strings{"1", "3", "0"});
    CHECK(colours(figure) == strings{"color:var(--colour-1)", "color:var(--colour-3)", "color:var(--colour-0)"});
    CHECK(with_tag(figure, "svg")[0]["aria-label"] == "W: feature 1 (1, 0); feature 3 (0, 1)");
    CHECK(texts(with_class(figure, "panel-note")) == strings{"note", "2 not finite"});
    CHECK(not_places(figure).empty());
}

TEST_CASE("a feature has one colour in all panels and in the legend") {
    const apd::vector_panel few{"few", {{1, 0}}}, many{"many", std::vector<std::array<double, 2>>(10, {0, 1})};
    const auto figure = read_markup(apd::vector_figure({few, many}, ""));
    const auto vectors = colours(figure);
    const auto swatches = with_class(figure, "swatch");
    REQUIRE(vectors.size() == 11);
    REQUIRE(swatches.size() == 10);
    CHECK(vectors[0] == vectors[1]);
    for (std::size_t f = 0; f < 10; ++f) {
        CHECK(swatches[f]["style"].substr(std::string("background:").size()) ==
              vectors[f + 1].substr(std::string("color:").size()));
    }
    CHECK(vectors[9] == "color:hsl(20,55%,50%)");
}

TEST_CASE("a vector too short to carry its number still has its name") {
    const auto figure = read_markup(apd::vector_figure({{"W", {{1, 0}, {0.2, 0}, {0.21, 0}}}}, ""));
    CHECK(texts(with_class(figure, "tip")) == strings{"0", "2"});
    CHECK(with_tag(figure, "title")[1].text == "feature 1: (0.2, 0), length 0.2");
}

TEST_CASE("vectors of no length, panels of no vectors, and no panels are figures") {
    const auto zeros = read_markup(apd::vector_figure({{"W", {{0, 0}, {0, -0.0}}}}, ""));
    CHECK(ends(zeros) == strings{"62 62", "62 62"});
    CHECK(with_tag(zeros, "span").back().text == "length 1");
    const auto empty = read_markup(apd::vector_figure({{"W", {}}}, ""));
    CHECK(with_tag(empty, "svg")[0]["aria-label"] == "W");
    CHECK(not_places(empty).empty());
    const auto none = read_markup(apd::vector_figure({}, "none"));
    CHECK(with_tag(none, "svg").empty());
    CHECK(with_tag(none, "figcaption")[0].text == "none");
    CHECK(with_tag(zeros, "figcaption").empty());
}

TEST_CASE("vectors longer than any number are drawn somewhere") {
    constexpr double largest = std::numeric_limits<double>::max();
    const auto figure = read_markup(apd::vector_figure({{"W", {{largest, largest}}}}, ""));
    CHECK(with_tag(figure, "title")[0].text == "feature 0: (1.8×10³⁰⁸, 1.8×10³⁰⁸), length ∞");
    CHECK(not_places(figure).empty());
}

TEST_CASE("titles, notes and captions of vectors stay text") {
    const auto figure = read_markup(apd::vector_figure({{hostile, {{1, 0}}, hostile}}, hostile));
    CHECK(figure.size() == read_markup(apd::vector_figure({{"a", {{1, 0}}, "b"}}, "c")).size());
    CHECK(with_class(figure, "panel-title")[0].text == hostile_read);
    CHECK(with_class(figure, "panel-note")[0].text == hostile_read);
    CHECK(with_tag(figure, "figcaption")[0].text == hostile_read);
    CHECK(with_tag(figure, "svg")[0]["aria-label"] == hostile_read + ": feature 0 (1, 0)");
}
