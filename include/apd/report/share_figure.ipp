#pragma once
// Bodies of what share_figure.hpp declares.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/report/share_figure.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {

APD_INLINE std::string share_figure(const share_grid& grid, std::string_view caption) {
    const std::size_t rows = grid.rows.size(), columns = grid.columns.size();
    if (grid.came_out.size() != rows * columns || grid.runs.size() != rows * columns)
        throw error("share_figure", "there is not one count for each of " + std::to_string(rows * columns) + " cells",
                    "give [rows, columns] of them, row after row");
    constexpr double width = 76, height = 34, top = 44, strongest = 0.6, letter = 6.6;
    std::size_t longest = 0;
    for (const auto& row : grid.rows) longest = std::max(longest, row.size());
    const double left = std::max(88.0, 44 + letter * static_cast<double>(longest));
    const auto at = [](double x, double y) {
        return svg::concatenate(" x=\"", svg::coordinate(x), "\" y=\"", svg::coordinate(y), "\"");
    };
    const auto middle = [](std::size_t cell, double size) { return (static_cast<double>(cell) + 0.5) * size; };
    const double right = left + static_cast<double>(columns) * width, below = top + static_cast<double>(rows) * height;
    const std::string all_columns = svg::escape(grid.column_name), all_rows = svg::escape(grid.row_name);

    std::string out =
        svg::concatenate("<figure><svg role=\"img\" aria-label=\"Runs that came out, over ", all_rows, " and ",
                         all_columns, "\" width=\"", svg::coordinate(right + 1), "\" height=\"",
                         svg::coordinate(below + 1), "\"><text class=\"axis-x\"", at((left + right) / 2, 14), ">",
                         all_columns, "</text><text class=\"axis-y\"", at(0, top - 10), ">", all_rows, "</text>");
    for (std::size_t c = 0; c < columns; ++c)
        out += svg::concatenate("<text class=\"tick-x\"", at(left + middle(c, width), top - 10), ">",
                                svg::escape(grid.columns[c]), "</text>");
    for (std::size_t r = 0; r < rows; ++r) {
        const double y = top + static_cast<double>(r) * height;
        out += svg::concatenate("<text class=\"tick-y\"", at(left - 12, y + height / 2 + 4), ">",
                                svg::escape(grid.rows[r]), "</text>");
        for (std::size_t c = 0; c < columns; ++c) {
            const std::size_t good = grid.came_out[r * columns + c], of = grid.runs[r * columns + c];
            if (good > of)
                throw error("share_figure", std::to_string(good) + " of " + std::to_string(of) + " runs came out",
                            "count a run once");
            const double share = of == 0 ? 0 : static_cast<double>(good) / static_cast<double>(of);
            const std::string size =
                svg::concatenate("\" width=\"", svg::coordinate(width), "\" height=\"", svg::coordinate(height), "\"");
            const std::string place = at(left + static_cast<double>(c) * width, y);
            out += svg::concatenate(
                "<rect class=\"frame", size, place, "/><rect class=\"share", size, place, " opacity=\"",
                svg::coordinate(strongest * share), "\"/><text class=\"share-count\"",
                at(left + middle(c, width), y + height / 2 + 4), ">",
                of == 0 ? std::string("–") : svg::concatenate(std::to_string(good), " of ", std::to_string(of)),
                "</text>");
        }
    }
    return out += svg::concatenate("</svg><figcaption>", svg::escape(caption), "</figcaption></figure>\n");
}

}  // namespace apd::ext
