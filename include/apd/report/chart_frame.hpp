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

namespace apd::ext::detail {

/// The range of values along one axis, on a linear or a logarithmic scale.
struct chart_axis {
    bool log = false;
    double low = std::numeric_limits<double>::infinity();
    double high = -low;

    /// Finite, and not so large or small that the arithmetic of an axis overflows.
    bool drawable(double value) const;
    bool empty() const { return low > high; }
    void include(double value) { low = std::min(low, value), high = std::max(high, value); }

    /// From 0 at the low end to 1 at the high end.
    double share(double value) const { return (scaled(value) - scaled(low)) / (scaled(high) - scaled(low)); }

    /// Adds a share of the length at both ends; the range of a single value becomes one with that value in the middle,
    /// a range without a value any.
    void pad(double air);

  private:
    double scaled(double value) const { return log ? std::log10(value) : value; }
};

/// Number of characters, counted as UTF-8 code points.
std::size_t characters(std::string_view text);

/// Room for the longest of the texts at the left of an axis.
double room_for(const std::vector<std::string>& texts);

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

std::string chart_text(std::string_view kind, double x, double y, std::string_view text);

/// The line below the drawing with its ticks, their labels and, where there is one, the label of the axis.
std::string chart_x_axis(const chart_frame& frame, const chart_ticks& ticks, std::string_view label);

/// Height of what `chart_x_axis` draws below the frame.
double x_axis_height(std::string_view label);

/// Labels at the left, a line across the drawing at each, and the label of the axis, where there is one, above it.
std::string chart_y_axis(const chart_frame& frame, const chart_ticks& ticks, std::string_view label);

/// Upright lines at the ticks of the horizontal axis.
std::string chart_x_grid(const chart_frame& frame, const chart_ticks& ticks);

/// "200 points", "1 value, all left out", "no values".
std::string counted(std::size_t total, std::size_t drawn, std::string_view noun);

/// What stands around a drawing. The legend is HTML, the other texts are not.
struct chart_surroundings {
    std::string_view title, spoken, legend, caption;
};

/// The figure: title, drawing, legend and caption, each but the drawing only where there is one.
std::string chart_figure(const chart_surroundings& around, double height, std::string_view drawing);

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/report/chart_frame.ipp>
#endif
