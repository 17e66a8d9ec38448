#pragma once
// Bodies of what chart_frame.hpp declares.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/report/chart_frame.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext::detail {

APD_INLINE bool chart_axis::drawable(double value) const {
    constexpr double huge = 1e250;
    return std::abs(value) < huge && (!log || value > 1 / huge);
}

APD_INLINE void chart_axis::pad(double air) {
    if (empty()) include(1);
    const bool single = high - low <= 1e-12 * std::max(std::abs(low), std::abs(high));
    if (log) {
        const double factor = single ? 2 : std::pow(10.0, air * (scaled(high) - scaled(low)));
        low /= factor, high *= factor;
    } else {
        const double room = single ? std::max(0.5 * std::abs(high), 0.5) : air * (high - low);
        low -= room, high += room;
    }
}

APD_INLINE std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

APD_INLINE double room_for(const std::vector<std::string>& texts) {
    std::size_t widest = 0;
    for (const std::string& text : texts) widest = std::max(widest, characters(text));
    return 16 + 7.0 * static_cast<double>(widest);
}

APD_INLINE std::string chart_text(std::string_view kind, double x, double y, std::string_view text) {
    return svg::concatenate("<text class=\"", kind, "\" x=\"", svg::coordinate(x), "\" y=\"", svg::coordinate(y), "\">",
                            svg::escape(text), "</text>");
}

APD_INLINE std::string chart_x_axis(const chart_frame& frame, const chart_ticks& ticks, std::string_view label) {
    const std::string bottom = svg::coordinate(frame.bottom);
    std::string out;
    std::string axis =
        svg::concatenate("M", svg::coordinate(frame.left), " ", bottom, "H", svg::coordinate(frame.right_edge()));
    for (std::size_t i = 0; i < ticks.values.size(); ++i) {
        const double x = frame.pixel_x(ticks.values[i]);
        axis += svg::concatenate("M", svg::coordinate(x), " ", bottom, "v5");
        out += chart_text("tick-x", x, frame.bottom + 19, ticks.names[i]);
    }
    out += svg::concatenate("<path class=\"axis\" d=\"", axis, "\"/>");
    if (!label.empty()) out += chart_text("axis-x", (frame.left + frame.right_edge()) / 2, frame.bottom + 38, label);
    return out;
}

APD_INLINE double x_axis_height(std::string_view label) { return label.empty() ? 28 : 46; }

APD_INLINE std::string chart_y_axis(const chart_frame& frame, const chart_ticks& ticks, std::string_view label) {
    std::string out, grid;
    for (std::size_t i = 0; i < ticks.values.size(); ++i) {
        const double y = frame.pixel_y(ticks.values[i]);
        grid += svg::concatenate("M", svg::coordinate(frame.left), " ", svg::coordinate(y), "H",
                                 svg::coordinate(frame.right_edge()));
        out += chart_text("tick-y", frame.left - 8, y + 4, ticks.names[i]);
    }
    out += svg::concatenate("<path class=\"grid\" d=\"", grid, "\"/>");
    if (!label.empty()) out += chart_text("axis-y", 0, 12, label);
    return out;
}

APD_INLINE std::string chart_x_grid(const chart_frame& frame, const chart_ticks& ticks) {
    std::string grid;
    for (const double tick : ticks.values) {
        grid += svg::concatenate("M", svg::coordinate(frame.pixel_x(tick)), " ", svg::coordinate(frame.top), "V",
                                 svg::coordinate(frame.bottom));
    }
    return svg::concatenate("<path class=\"grid\" d=\"", grid, "\"/>");
}

APD_INLINE std::string counted(std::size_t total, std::size_t drawn, std::string_view noun) {
    if (total == 0) return svg::concatenate("no ", noun, "s");
    const std::string all =
        svg::concatenate(svg::label(static_cast<double>(total), 6), " ", noun, total == 1 ? "" : "s");
    if (drawn == total) return all;
    return svg::concatenate(all, ", ", drawn == 0 ? "all" : svg::label(static_cast<double>(total - drawn), 6),
                            " left out");
}

APD_INLINE std::string chart_figure(const chart_surroundings& around, double height, std::string_view drawing) {
    std::string out = "<figure>";
    if (!around.title.empty())
        out += svg::concatenate("<div class=\"figure-title\">", svg::escape(around.title), "</div>");
    out += svg::concatenate("<div class=\"chart\"><svg role=\"img\" aria-label=\"", svg::escape(around.spoken),
                            "\" viewBox=\"0 0 720 ", svg::coordinate(height), "\">", drawing, "</svg></div>");
    if (!around.legend.empty()) out += svg::concatenate("<div class=\"legend\">", around.legend, "</div>");
    if (!around.caption.empty()) out += svg::concatenate("<figcaption>", svg::escape(around.caption), "</figcaption>");
    return out += "</figure>\n";
}

}  // namespace apd::ext::detail
