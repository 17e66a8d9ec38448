#pragma once
// What charts share: axes from values to pixels, their ticks and labels, and the figure around the drawing.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/requirements.hpp>
#include <apd/report/svg.hpp>

namespace apd::detail {

/// The range of values along one axis, on a linear or a logarithmic scale.
struct chart_axis {
    bool log = false;
    double low = std::numeric_limits<double>::infinity();
    double high = -low;

    /// Finite, and not so large or small that the arithmetic of an axis overflows.
    bool drawable(double value) const {
        constexpr double huge = 1e250;
        return std::abs(value) < huge && (!log || value > 1 / huge);
    }
    bool empty() const { return low > high; }
    void include(double value) { low = std::min(low, value), high = std::max(high, value); }

    /// From 0 at the low end to 1 at the high end.
    double share(double value) const { return (scaled(value) - scaled(low)) / (scaled(high) - scaled(low)); }

    /// Adds a share of the length at both ends; the range of a single value becomes one with that value in the middle,
    /// a range without a value any.
    void pad(double air) {
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

  private:
    double scaled(double value) const { return log ? std::log10(value) : value; }
};

/// Number of characters, counted as UTF-8 code points.
inline std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Room for the longest of the texts at the left of an axis.
inline double room_for(const std::vector<std::string>& texts) {
    std::size_t widest = 0;
    for (const std::string& text : texts) widest = std::max(widest, characters(text));
    return 16 + 7.0 * static_cast<double>(widest);
}

/// Round values on an axis, and their labels.
struct chart_ticks {
    std::vector<double> values;
    std::vector<std::string> names;

    explicit chart_ticks(const chart_axis& axis)
        : values(axis.log ? svg::log_ticks(axis.low, axis.high) : svg::linear_ticks(axis.low, axis.high)),
          names(svg::tick_labels(values)) {}
};

/// From values to pixels, and the room that the labels need.
struct chart_frame {
    static constexpr double width = 720;
    static constexpr double line_height = 15;
    chart_axis x{}, y{};
    double left = 44, right = 24, top = 30, bottom = 0;

    bool drawable(double at_x, double at_y) const { return x.drawable(at_x) && y.drawable(at_y); }
    void include(double at_x, double at_y) { x.include(at_x), y.include(at_y); }
    double right_edge() const { return width - right; }
    double pixel_x(double value) const { return left + x.share(value) * (width - right - left); }
    double pixel_y(double value) const { return bottom - y.share(value) * (bottom - top); }
};

inline std::string chart_text(std::string_view kind, double x, double y, std::string_view text) {
    return svg::concatenate("<text class=\"", kind, "\" x=\"", svg::coordinate(x), "\" y=\"", svg::coordinate(y), "\">",
                            svg::escape(text), "</text>");
}

/// The line below the drawing with its ticks, their labels and, where there is one, the label of the axis.
inline std::string chart_x_axis(const chart_frame& frame, const chart_ticks& ticks, std::string_view label) {
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

/// Height of what `chart_x_axis` draws below the frame.
inline double x_axis_height(std::string_view label) { return label.empty() ? 28 : 46; }

/// Labels at the left, a line across the drawing at each, and the label of the axis, where there is one, above it.
inline std::string chart_y_axis(const chart_frame& frame, const chart_ticks& ticks, std::string_view label) {
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

/// Upright lines at the ticks of the horizontal axis.
inline std::string chart_x_grid(const chart_frame& frame, const chart_ticks& ticks) {
    std::string grid;
    for (const double tick : ticks.values) {
        grid += svg::concatenate("M", svg::coordinate(frame.pixel_x(tick)), " ", svg::coordinate(frame.top), "V",
                                 svg::coordinate(frame.bottom));
    }
    return svg::concatenate("<path class=\"grid\" d=\"", grid, "\"/>");
}

/// "200 points", "1 value, all left out", "no values".
inline std::string counted(std::size_t total, std::size_t drawn, std::string_view noun) {
    if (total == 0) return svg::concatenate("no ", noun, "s");
    const std::string all =
        svg::concatenate(svg::label(static_cast<double>(total), 6), " ", noun, total == 1 ? "" : "s");
    if (drawn == total) return all;
    return svg::concatenate(all, ", ", drawn == 0 ? "all" : svg::label(static_cast<double>(total - drawn), 6),
                            " left out");
}

/// What stands around a drawing. The legend is HTML, the other texts are not.
struct chart_surroundings {
    std::string_view title, spoken, legend, caption;
};

/// The figure: title, drawing, legend and caption, each but the drawing only where there is one.
inline std::string chart_figure(const chart_surroundings& around, double height, std::string_view drawing) {
    std::string out = "<figure>";
    if (!around.title.empty())
        out += svg::concatenate("<div class=\"figure-title\">", svg::escape(around.title), "</div>");
    out += svg::concatenate("<div class=\"chart\"><svg role=\"img\" aria-label=\"", svg::escape(around.spoken),
                            "\" viewBox=\"0 0 720 ", svg::coordinate(height), "\">", drawing, "</svg></div>");
    if (!around.legend.empty()) out += svg::concatenate("<div class=\"legend\">", around.legend, "</div>");
    if (!around.caption.empty()) out += svg::concatenate("<figcaption>", svg::escape(around.caption), "</figcaption>");
    return out += "</figure>\n";
}

}  // namespace apd::detail
