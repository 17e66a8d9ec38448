#include <cstddef>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>

#include <apd/core/error.hpp>
#include <apd/report/histogram_figure.hpp>
#include <apd/report/line_chart.hpp>
#include <apd/report/matrix_figure.hpp>
#include <apd/report/page.hpp>
#include <apd/report/point_chart.hpp>
#include <apd/report/share_figure.hpp>
#include <apd/report/vector_figure.hpp>

namespace {

using strings = std::vector<std::string>;

/// A page with every block and every kind of figure; all texts are the given one.
apd::page full_page(const std::string& text) {
    apd::page page(text, text);
    page.heading(text).paragraph(text).table({text, "n"}, {{text, "1"}}, text).key_values({{text, text}});
    page.figure(apd::line_chart({{text, {0, 1}, {1, 2}}, {text, {}, {}}},
                                {.title = text, .x_label = text, .y_label = text, .caption = text}));
    page.figure(apd::matrix_figure({{text, 1, 3, {1, -1, std::numeric_limits<double>::infinity()}, text}}, text));
    page.figure(apd::vector_figure({{text, {{1, 0}, {0, 1}}, text}}, text));
    page.figure(apd::histogram_figure({{text, {0, 1}}, {text, {}}}, {.title = text, .x_label = text, .caption = text}));
    page.figure(apd::point_chart(
        {{text, {0, 1}, {1, 2}, {text, ""}}, {text, {}, {}}},
        {.title = text, .x_label = text, .y_label = text, .caption = text, .log_x = true, .diagonal = true}));
    page.figure(apd::share_figure(
        {.row_name = text, .column_name = text, .rows = {text}, .columns = {text}, .came_out = {1}, .runs = {2}},
        text));
    return page;
}

/// Whether the column of one cell is set as numbers.
bool numeric(const std::string& cell) {
    const auto page = read_markup(apd::page("").table({"column"}, {{cell}}).html());
    return with_tag(page, "td")[0]["class"] == "number";
}

/// The names that follow a mark in a text, each up to the first character that names have not.
std::multiset<std::string> names_after(const std::string& text, const std::string& mark) {
    std::multiset<std::string> names;
    for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) {
        const std::size_t begin = at + mark.size();
        const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-0123456789", begin);
        names.insert(text.substr(begin, end - begin));
    }
    return names;
}

}  // namespace

TEST_CASE("a page has its blocks in the order of the calls") {
    // [example page]
    apd::page page("Toy model", "5 features in 2 dimensions");
    page.heading("Result").paragraph("Every feature has its component.");
    page.table({"component", "norm"}, {{"P0", "0.98"}, {"P1", "1.02"}}, "Norms.");
    page.key_values({{"steps", "20 000"}, {"seed", "0"}});
    page.figure(apd::vector_figure({{"W", {{1, 0}, {0, 1}}}}, "The target."));
    const std::string html = page.html();
    // [/example]
    const auto elements = read_markup(html);
    CHECK(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"));
    CHECK(html.ends_with("</html>\n"));
    strings order;
    for (const auto& element : elements) {
        for (const auto* tag : {"title", "h1", "h2", "p", "caption", "th", "td", "dt", "dd", "figcaption"}) {
            if (element.tag == tag && !element.text.starts_with("feature")) order.push_back(tag + (":" + element.text));
        }
    }
    CHECK(order == strings{"title:Toy model", "h1:Toy model", "p:5 features in 2 dimensions", "h2:Result",
                           "p:Every feature has its component.", "caption:Norms.", "th:component", "th:norm", "td:P0",
                           "td:0.98", "td:P1", "td:1.02", "dt:steps", "dd:20 000", "dt:seed", "dd:0",
                           "figcaption:The target."});
}

TEST_CASE("a page needs nothing but itself and forbids everything else") {
    const std::string html = full_page("text").html();
    for (const auto* outside : {"http:", "https:", "//", "url(", "@import", "<script", "<link", "<img", "<iframe",
                                "javascript:", " src=", " href=", "xmlns"}) {
        CHECK_THAT(html, !Catch::Contains(outside, Catch::CaseSensitive::No));
    }
    const auto elements = read_markup(html);
    const auto metas = with_tag(elements, "meta");
    REQUIRE(metas.size() == 3);
    CHECK(metas[2]["http-equiv"] == "Content-Security-Policy");
    CHECK(metas[2]["content"] == "default-src 'none';style-src 'unsafe-inline'");
    CHECK(html.find("Content-Security-Policy") < html.find("<style>"));
    CHECK(with_tag(elements, "style").size() == 1);
    for (const auto& element : elements) {
        for (const auto& [name, value] : element.attributes) CHECK_FALSE(name.starts_with("on"));
    }
}

TEST_CASE("every class and every variable of the figures is in the style, colours for light and dark") {
    const std::string html = full_page("text").html();
    const auto elements = read_markup(html);
    const std::string style = with_tag(elements, "style")[0].text;
    const auto styled = names_after(style, ".");
    for (const auto& element : elements) {
        for (const auto& name : names_after(std::string(" ").append(element["class"]), " ")) {
            if (!name.empty() && styled.count(name) == 0) FAIL("no style for class " << name);
        }
    }
    for (const auto& name : names_after(html, "var(--")) {
        if (style.find("--" + name + ":") == style.npos) FAIL("no value for the variable " << name);
    }
    const auto defined = names_after(style, "--colour-");
    for (std::size_t i = 0; i < 8; ++i) CHECK(defined.count(std::to_string(i)) == 2);
}

TEST_CASE("hostile text stays text wherever it enters") {
    const auto page = read_markup(full_page(hostile).html());
    CHECK(page.size() == read_markup(full_page("text").html()).size());
    CHECK(with_tag(page, "script").empty());
    for (const auto* tag : {"h1", "h2", "caption", "dt", "dd"})
        CHECK(texts(with_tag(page, tag)) == strings{hostile_read});
    CHECK(with_tag(page, "title")[0].text == hostile_read);
    CHECK(texts(with_tag(page, "p")) == strings{hostile_read, hostile_read});
    CHECK(texts(with_tag(page, "th")) == strings{hostile_read, "n"});
    CHECK(texts(with_tag(page, "td")) == strings{hostile_read, "1"});
}

TEST_CASE("columns of numbers are set to the right, with their headers") {
    const auto page = read_markup(
        apd::page("").table({"name", "a", "b", "c"}, {{"P1", "−0.5", "", "1"}, {"1", "20 000", "3", "one"}}).html());
    const auto classes = [&](const std::string& tag) {
        strings found;
        for (const auto& cell : with_tag(page, tag)) found.push_back(cell["class"]);
        return found;
    };
    CHECK(classes("th") == strings{"", "number", "number", ""});
    CHECK(classes("td") == strings{"", "number", "number", "", "", "number", "number", ""});
    CHECK_THAT(with_tag(page, "style")[0].text, Catch::Contains(".number{text-align:right}"));
}

TEST_CASE("what the reader takes for a number is one") {
    for (const auto* cell : {"12", "-0.5", "−0.5", "1.5×10⁻⁵", "10⁶", "1e-5", "2E+6", "93 %", "NaN", "nan", "∞", "−∞",
                             "", "–", "0.5 ± 0.1", "1,000"}) {
        CAPTURE(cell);
        CHECK(numeric(cell));
    }
    for (const auto* cell : {"one", "P1", "5 features", "e", "%", ".", "±", "⁰", "1/2", "<1>", "x"}) {
        CAPTURE(cell);
        CHECK_FALSE(numeric(cell));
    }
    for (const double value : {0.0, -1.0, 1234.5, -1e5, 1e-7, -2.5e12, 1.0 / 3})
        CHECK(numeric(apd::ext::svg::label(value)));
}

TEST_CASE("a row without one cell for each header is an error and leaves the page as it was") {
    apd::page page("title");
    const std::string before = page.html();
    CHECK_THROWS_MATCHES(page.table({"a", "b"}, {{"1", "2"}, {"3"}}), apd::error,
                         Catch::Message("page::table: row 1: has 1 cells, expected 2; give one cell for each header"));
    CHECK_THROWS_MATCHES(page.table({}, {{"1"}}), apd::error,
                         Catch::Message("page::table: row 0: has 1 cells, expected 0; give one cell for each header"));
    CHECK(page.html() == before);
}

TEST_CASE("blocks without content, and pages without blocks, are well-formed") {
    const auto empty = read_markup(apd::page("").html());
    CHECK(with_tag(empty, "p").empty());
    CHECK(texts(with_tag(empty, "h1")) == strings{""});
    const auto page =
        read_markup(apd::page("").heading("").paragraph("").table({}, {}).table({"a"}, {}).key_values({}).html());
    CHECK(with_tag(page, "table").size() == 2);
    CHECK(with_tag(page, "td").empty());
    CHECK(with_tag(page, "th")[0].attributes.empty());
    CHECK(with_tag(page, "caption").empty());
    CHECK(with_tag(page, "dl").size() == 1);
}

TEST_CASE("lines of a paragraph stay lines") {
    const auto page = read_markup(apd::page("").paragraph("one\ntwo").html());
    CHECK(texts(with_tag(page, "p")) == strings{"one\ntwo"});
    CHECK_THAT(with_tag(page, "style")[0].text, Catch::Contains("white-space:pre-line"));
}

TEST_CASE("the reader of these tests finds what is not well-formed") {
    CHECK(texts(read_markup("<p class=\"a\">1 &lt; 2<b x=\"&amp;\"/></p>\n")) == strings{"1 < 2", ""});
    for (const auto* fault :
         {"<p>", "</p>", "<p></b>", "<p><b></p></b>", "<p", "text", "<p>a & b</p>", "<p>a > b</p>", "<p>\x01</p>",
          "<p>&copy;</p>", "<p x=1></p>", "<p x></p>", "<p x=\"1\"y=\"2\"></p>", "<p x=\"1\" x=\"1\"></p>",
          "<p x=\"<b>\"></p>", "<p x=\"1></p>", "<!-- --><p></p>", "< p></p>"}) {
        CAPTURE(fault);
        CHECK_THROWS_AS(read_markup(fault), std::runtime_error);
    }
}
