#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <report/markup.hpp>

#include <apd/core/error.hpp>
#include <apd/report/share_figure.hpp>

namespace {

using strings = std::vector<std::string>;

apd::share_grid two_by_three() {
    return {.row_name = "k",
            .column_name = "α & β",
            .rows = {"0.2", hostile},
            .columns = {"1", "2", "4"},
            .came_out = {0, 1, 2, 3, 4, 0},
            .runs = {4, 4, 4, 4, 4, 0}};
}

}  // namespace

TEST_CASE("every cell of a share figure says how many runs came out, and is coloured by their share") {
    // [example share_figure]
    const std::string html = apd::share_figure({.row_name = "k",
                                                .column_name = "α",
                                                .rows = {"0.2"},
                                                .columns = {"0.5", "1"},
                                                .came_out = {3, 1},
                                                .runs = {4, 4}},
                                               "Of four seeds.");
    // [/example]
    const auto one_row = read_markup(html);
    CHECK(texts(with_class(one_row, "share-count")) == strings{"3 of 4", "1 of 4"});
    CHECK(texts(with_tag(one_row, "figcaption")) == strings{"Of four seeds."});
    CHECK(with_class(one_row, "share-count")[1]["x"] == "202");  // 88 + 1.5 · 76

    const auto figure = read_markup(apd::share_figure(two_by_three(), ""));
    CHECK(texts(with_class(figure, "share-count")) == strings{"0 of 4", "1 of 4", "2 of 4", "3 of 4", "4 of 4", "–"});
    strings opacities;
    for (const auto& cell : with_class(figure, "share")) opacities.push_back(cell["opacity"]);
    CHECK(opacities == strings{"0", "0.15", "0.3", "0.45", "0.6", "0"});
    CHECK(texts(with_class(figure, "tick-x")) == strings{"1", "2", "4"});
    CHECK(texts(with_class(figure, "tick-y")) == strings{"0.2", hostile_read});
    CHECK(texts(with_class(figure, "axis-x")) == strings{"α & β"});
    CHECK(not_places(figure).empty());
}
TEST_CASE("counts that can't be drawn are refused") {
    auto grid = two_by_three();
    grid.came_out.pop_back();
    CHECK_THROWS_WITH(
        apd::share_figure(grid, ""),
        "share_figure: there is not one count for each of 6 cells; give [rows, columns] of them, row after row");
    grid = two_by_three();
    grid.came_out[5] = 1;
    CHECK_THROWS_WITH(apd::share_figure(grid, ""), "share_figure: 1 of 0 runs came out; count a run once");
}
