#pragma once
// Bodies of what matrix_figure.hpp declares.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/report/matrix_figure.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {
namespace detail {

/// −matrix_shades … matrix_shades, zero in the middle; `largest` is the end of the scale.
inline int matrix_shade(double value, double largest) {
    if (!std::isfinite(value)) return matrix_not_finite;
    return largest > 0 ? static_cast<int>(std::lround(value / largest * matrix_shades)) : 0;
}

/// Opening of the path of one shade: the hue is the sign, the opacity the magnitude, over the colour of zero.
inline std::string matrix_path(int shade) {
    if (shade == matrix_not_finite) return "<path class=\"not-finite\" d=\"";
    const double opacity = std::abs(shade) / static_cast<double>(matrix_shades);
    return svg::concatenate("<path class=\"", shade < 0 ? "negative" : "positive", "\" opacity=\"",
                            svg::coordinate(opacity), "\" d=\"");
}

/// All cells of one shade are one path, neighbours in a row one rectangle; cells of shade zero are the background.
inline std::string matrix_cells(const matrix_panel& panel, double largest) {
    std::array<std::string, 2 * matrix_shades + 2> cells;
    for (std::size_t r = 0; r < panel.rows; ++r) {
        const double* row = panel.values.data() + r * panel.columns;
        for (std::size_t c = 0, end = 0; c < panel.columns; c = end) {
            const int shade = matrix_shade(row[c], largest);
            for (end = c + 1; end < panel.columns && matrix_shade(row[end], largest) == shade;) ++end;
            const std::string width = std::to_string(end - c);
            cells[static_cast<std::size_t>(shade + matrix_shades)] +=
                svg::concatenate("M", std::to_string(c), " ", std::to_string(r), "h", width, "v1h-", width, "z");
        }
    }
    std::string out;
    for (int shade = -matrix_shades; shade <= matrix_not_finite; ++shade) {
        const std::string& path = cells[static_cast<std::size_t>(shade + matrix_shades)];
        if (shade != 0 && !path.empty()) out += svg::concatenate(matrix_path(shade), path, "\"/>");
    }
    return out;
}

/// The numbers of rows and columns around a drawing of width × height, so many that none touches the next, and what
/// they are; around what stands in it. Without names it is the drawing alone.
inline std::string numbered_matrix(const matrix_panel& panel, double width, double height, const std::string& drawing) {
    if (panel.row_name.empty() && panel.column_name.empty()) return drawing;
    constexpr double top = 36, letter = 7.2;
    const double left = std::max(64.0, letter * static_cast<double>(panel.row_name.size()) + 12);
    const auto text = [](const char* kind, double x, double y, std::string_view what) {
        return svg::concatenate("<text class=\"", kind, "\" x=\"", svg::coordinate(x), "\" y=\"", svg::coordinate(y),
                                "\">", svg::escape(what), "</text>");
    };
    const auto numbers = [](std::size_t count, const std::vector<std::size_t>& given, double length, double room,
                            auto&& draw) {
        const double cell = length / static_cast<double>(count);
        std::size_t stride = 1;  // 1, 2, 5, 10, 20, …
        for (std::size_t i = 0; cell * static_cast<double>(stride) < room; ++i)
            stride = i % 3 == 1 ? stride / 2 * 5 : stride * 2;
        for (std::size_t i = 0; i < count; i += stride)
            draw((static_cast<double>(i) + 0.5) * cell, std::to_string(given.empty() ? i : given[i]));
    };
    std::string around =
        text("axis-y", 0, 28, panel.row_name) + text("axis-x", left + width / 2, 10, panel.column_name);
    const std::size_t digits = std::to_string(std::max(panel.columns, panel.rows)).size();
    numbers(panel.columns, panel.column_numbers, width, letter * static_cast<double>(digits) + 3,
            [&](double at, const std::string& n) { around += text("tick-x", left + at, 28, n); });
    numbers(panel.rows, panel.row_numbers, height, 13,
            [&](double at, const std::string& n) { around += text("tick-y", left - 7, top + at + 4, n); });
    return svg::concatenate("<div class=\"numbered\" style=\"padding:", svg::coordinate(top), "px 0 0 ",
                            svg::coordinate(left), "px\"><svg class=\"numbers\" width=\"",
                            svg::coordinate(left + width), "\" height=\"", svg::coordinate(top + height), "\">", around,
                            "</svg>", drawing, "</div>");
}

/// `side` is the larger side of a panel, in pixels.
inline std::string draw_matrix_panel(const matrix_panel& panel, double largest, double side) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double value : panel.values) {
        if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
    }
    const auto lost =
        std::count_if(panel.values.begin(), panel.values.end(), [](double v) { return !std::isfinite(v); });
    const std::string range =
        low > high ? std::string{}
                   : svg::concatenate(", smallest value ", svg::label(low, 3), ", largest ", svg::label(high, 3));
    const std::string rows = std::to_string(panel.rows), columns = std::to_string(panel.columns);
    const double cell = std::min(16.0, side / static_cast<double>(std::max({panel.rows, panel.columns, 1UL})));
    const double width = std::max(4.0, std::round(cell * static_cast<double>(panel.columns)));
    const double height = std::max(4.0, std::round(cell * static_cast<double>(panel.rows)));
    const std::string drawing =
        svg::concatenate("<svg class=\"matrix\" role=\"img\" aria-label=\"", svg::escape(panel.title), ": ", rows,
                         " × ", columns, " matrix", range, "\" width=\"", svg::coordinate(width), "\" height=\"",
                         svg::coordinate(height), "\" viewBox=\"0 0 ", columns, " ", rows,
                         "\" preserveAspectRatio=\"none\">", matrix_cells(panel, largest), "</svg>");
    const bool has_numbers = !panel.row_name.empty() || !panel.column_name.empty();
    std::string out = svg::concatenate(
        "<div class=\"panel\"",
        has_numbers ? std::string()
                    : svg::concatenate(" style=\"width:", svg::coordinate(std::max(width + 2, 92.0)), "px\""),
        "><div class=\"panel-title\">", svg::escape(panel.title), "</div>",
        numbered_matrix(panel, width, height, drawing));
    if (!panel.note.empty()) out += svg::concatenate("<div class=\"panel-note\">", svg::escape(panel.note), "</div>");
    if (lost > 0) out += svg::concatenate("<div class=\"panel-note\">", std::to_string(lost), " not finite</div>");
    return out += "</div>";
}

// From −largest, or from 0 where no value is negative.
inline std::string matrix_colour_bar(double largest, bool has_negative) {
    if (largest < 0) return "<div class=\"legend\">no value is finite</div>";
    if (largest <= 0) return "<div class=\"legend\">every value is 0</div>";
    std::string steps;
    const int first = has_negative ? -matrix_shades : 0;
    for (int shade = first; shade <= matrix_shades; ++shade) {
        if (shade == 0) continue;
        steps += svg::concatenate(matrix_path(shade), "M", std::to_string(shade - first), " 0h1v1h-1z\"/>");
    }
    const std::string end = svg::label(largest, 2), width = std::to_string(matrix_shades - first + 1);
    const std::string begin = has_negative ? svg::concatenate("−", end) : "0";
    return svg::concatenate("<div class=\"legend\"><span>", begin, "</span><svg class=\"matrix\" role=\"img\" ",
                            "aria-label=\"Colour scale from ", begin, has_negative ? " through 0 to " : " to ", end,
                            "\" width=\"205\" height=\"10\" viewBox=\"0 0 ", width,
                            " 1\" preserveAspectRatio=\"none\">", steps, "</svg><span>", end, "</span></div>");
}

}  // namespace detail

APD_INLINE std::string matrix_figure(const std::vector<matrix_panel>& panels, std::string_view caption) {
    double largest = -1;  // where no value is finite
    bool has_negative = false;
    for (const matrix_panel& panel : panels) {
        // Without the product of the two, which may overflow.
        const bool fits = panel.rows == 0 || panel.columns == 0 ? panel.values.empty()
                                                                : panel.values.size() / panel.columns == panel.rows &&
                                                                      panel.values.size() % panel.columns == 0;
        if (!fits) {
            throw error(svg::concatenate("matrix_figure: panel '", panel.title, "'"),
                        svg::concatenate("has ", std::to_string(panel.values.size()), " values, expected ",
                                         std::to_string(panel.rows), " × ", std::to_string(panel.columns)),
                        "give one value for each cell, row after row");
        }
        const auto given = [](const auto& numbers, std::size_t count) {
            return numbers.empty() || numbers.size() == count;
        };
        if (!given(panel.row_numbers, panel.rows) || !given(panel.column_numbers, panel.columns))
            throw error(svg::concatenate("matrix_figure: panel '", panel.title, "'"),
                        "has not one number for each row and column", "give one for each, or none");
        for (const double value : panel.values) {
            if (!std::isfinite(value)) continue;
            largest = std::max(largest, std::abs(value));
            has_negative = has_negative || value < 0;
        }
    }
    std::string out = "<figure><div class=\"panels\">";
    const double side = panels.size() == 1 ? 640 : 160;
    for (const matrix_panel& panel : panels) out += detail::draw_matrix_panel(panel, largest, side);
    out += svg::concatenate("</div>", detail::matrix_colour_bar(largest, has_negative));
    if (!caption.empty()) out += svg::concatenate("<figcaption>", svg::escape(caption), "</figcaption>");
    return out += "</figure>\n";
}

}  // namespace apd::ext
