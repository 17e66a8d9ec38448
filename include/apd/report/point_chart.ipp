#pragma once
// Bodies of what point_chart.hpp declares.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/report/chart_frame.hpp>
#include <apd/report/point_chart.hpp>
#include <apd/report/point_labels.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {
namespace detail {

APD_INLINE point_shape shape_of(std::size_t index, double r) {
    if (index % 8 == 0) return {{0, 0}, "h0", 2 * r};  // round ends make it a disc
    static const std::array<std::vector<pixel>, 7> corners{{
        {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}, {-1, -1}},         // square
        {{0, -1.2}, {1.2, 0.8}, {-1.2, 0.8}, {0, -1.2}},        // triangle
        {{-1.2, 0}, {1.2, 0}, {0, 0}, {0, -1.2}, {0, 1.2}},     // plus
        {{0, -1.3}, {1.3, 0}, {0, 1.3}, {-1.3, 0}, {0, -1.3}},  // diamond
        {{-1, -1}, {1, 1}, {0, 0}, {1, -1}, {-1, 1}},           // cross
        {{0, 1.2}, {1.2, -0.8}, {-1.2, -0.8}, {0, 1.2}},        // triangle on its tip
        {{-1.2, 0}, {1.2, 0}},                                  // dash
    }};
    const std::vector<pixel>& line = corners[index % 8 - 1];
    std::string path = "l";
    for (std::size_t i = 1; i < line.size(); ++i) {
        path += svg::concatenate(i == 1 ? "" : " ", svg::coordinate(r * (line[i][0] - line[i - 1][0]), 1), " ",
                                 svg::coordinate(r * (line[i][1] - line[i - 1][1]), 1));
    }
    return {{r * line[0][0], r * line[0][1]}, path, r < 2 ? 1.0 : 1.4};
}

/// Smaller the more points there are, so that thousands of them don't become one blot.
inline double point_radius(std::size_t points) {
    return std::clamp(3.6 * std::pow(100.0 / static_cast<double>(std::max<std::size_t>(points, 1)), 0.25), 1.3, 3.6);
}

/// Places of the points that can be drawn.
inline std::vector<pixel> point_pixels(const point_series& set, const chart_frame& frame) {
    std::vector<pixel> places;
    for (std::size_t i = 0; i < set.x.size(); ++i) {
        if (frame.drawable(set.x[i], set.y[i])) places.push_back({frame.pixel_x(set.x[i]), frame.pixel_y(set.y[i])});
    }
    return places;
}

/// One path for all points of a set. Those within a tenth of a pixel are drawn once: the picture stays the same.
inline std::string point_path(const std::vector<pixel>& places, const point_shape& shape) {
    std::vector<std::array<long, 2>> starts;
    for (const auto& [x, y] : places)
        starts.push_back({std::lround(10 * (x + shape.start[0])), std::lround(10 * (y + shape.start[1]))});
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    std::string path;
    for (const auto& [x, y] : starts) {
        path += svg::concatenate("M", svg::coordinate(static_cast<double>(x) / 10, 1), " ",
                                 svg::coordinate(static_cast<double>(y) / 10, 1), shape.path);
    }
    return path;
}

/// The path of a shape with its colour, which is that of its set.
inline std::string stroked(std::size_t set, const point_shape& shape, std::string_view path, std::string_view inside) {
    return svg::concatenate("<path class=\"points\" style=\"stroke:", svg::colour(set),
                            ";stroke-width:", svg::coordinate(shape.stroke, 1), "\" d=\"", path, "\">", inside,
                            "</path>");
}

/// The `d` of y = x as far as both axes reach: a line, or a curve where only one of them is logarithmic.
inline std::string diagonal_path(const chart_frame& frame) {
    const double low = std::max(frame.x.low, frame.y.low), high = std::min(frame.x.high, frame.y.high);
    if (!(low < high)) return {};
    const int steps = frame.x.log == frame.y.log ? 1 : 100;
    std::string path;
    for (int i = 0; i <= steps; ++i) {
        const double t = static_cast<double>(i) / steps;  // of two powers, as high / low may overflow
        const double value = steps == 1 ? (i == 0 ? low : high) : std::pow(low, 1 - t) * std::pow(high, t);
        path += svg::concatenate(i == 0 ? "M" : "L", svg::coordinate(frame.pixel_x(value), 1), " ",
                                 svg::coordinate(frame.pixel_y(value), 1));
    }
    return path;
}

/// Axes that hold all points, with some air; with a diagonal, both hold the values of both.
inline chart_frame point_frame(const std::vector<point_series>& sets, const point_chart_options& options) {
    chart_frame frame{.x = {.log = options.log_x}, .y = {.log = options.log_y}};
    for (const point_series& set : sets) {
        for (std::size_t i = 0; i < set.x.size(); ++i) {
            if (!frame.drawable(set.x[i], set.y[i])) continue;
            frame.include(set.x[i], set.y[i]);
            if (options.diagonal && frame.drawable(set.y[i], set.x[i])) frame.include(set.y[i], set.x[i]);
        }
    }
    frame.x.pad(0.04);
    frame.y.pad(0.04);
    return frame;
}

inline void check_points(const point_series& set) {
    const std::string where = svg::concatenate("point_chart: set '", set.name, "'");
    const std::string x = std::to_string(set.x.size());
    if (set.x.size() != set.y.size())
        throw error(where, svg::concatenate("has ", x, " x and ", std::to_string(set.y.size()), " y"),
                    "give each point both");
    if (!set.labels.empty() && set.labels.size() != set.x.size())
        throw error(where, svg::concatenate("has ", std::to_string(set.labels.size()), " labels for ", x, " points"),
                    "give none or one for each point");
}

/// An entry of the legend: a mark, then the text.
inline std::string legend_entry(std::string_view mark, std::string_view text) {
    return svg::concatenate("<span><svg class=\"marker\" aria-hidden=\"true\" width=\"12\" height=\"12\" ",
                            "viewBox=\"-6 -6 12 12\">", mark, "</svg>", svg::escape(text), "</span>");
}

APD_INLINE point_layers::point_layers(const std::vector<point_series>& sets, const chart_frame& frame) {
    std::size_t total = 0;
    for (const point_series& set : sets) total += set.x.size();
    radius = point_radius(total);
    for (std::size_t s = 0; s < sets.size(); ++s) add(sets[s], s, frame);
}

APD_INLINE void point_layers::add(const point_series& set, std::size_t index, const chart_frame& frame) {
    const std::vector<pixel> drawn = point_pixels(set, frame);
    const point_shape shape = shape_of(index, radius), sample = shape_of(index, 3.6);
    const std::string title = svg::concatenate("<title>", svg::escape(set.name), "</title>");
    paths += stroked(index, shape, point_path(drawn, shape), title);
    const std::string count = counted(set.x.size(), drawn.size(), "point");
    legend += legend_entry(stroked(index, sample, point_path({{0, 0}}, sample), ""),
                           set.name.empty() ? count : svg::concatenate(set.name, " (", count, ")"));
    spoken += svg::concatenate("; ", set.name, ": ", count);
    complete = complete && drawn.size() == set.x.size();
    places.insert(places.end(), drawn.begin(), drawn.end());
    for (std::size_t i = 0; i < set.labels.size(); ++i) {
        if (!set.labels[i].empty() && frame.drawable(set.x[i], set.y[i]))
            labels.push_back({{frame.pixel_x(set.x[i]), frame.pixel_y(set.y[i])}, set.labels[i]});
    }
}

}  // namespace detail

APD_INLINE std::string point_chart(const std::vector<point_series>& sets, const point_chart_options& options) {
    for (const point_series& set : sets) detail::check_points(set);
    detail::chart_frame frame = detail::point_frame(sets, options);
    const detail::chart_ticks x_ticks(frame.x), y_ticks(frame.y);
    frame.left = detail::room_for(y_ticks.names);
    const double height = std::max(120.0, options.height);
    frame.bottom = height - detail::x_axis_height(options.x_label);

    const detail::point_layers layers(sets, frame);
    std::string diagonal = options.diagonal ? detail::diagonal_path(frame) : "", legend;
    if (sets.size() != 1 || !diagonal.empty() || !layers.complete || layers.places.empty()) legend = layers.legend;
    if (sets.empty()) legend = "<span>no points</span>";
    if (!diagonal.empty()) {
        diagonal = svg::concatenate("<path class=\"diagonal\" d=\"", diagonal, "\"/>");
        legend += detail::legend_entry("<path class=\"diagonal\" d=\"M-6 5L6 -5\"/>", "y = x");
    }
    if (!layers.complete)
        legend += svg::concatenate("<span>left out: not finite",
                                   options.log_x || options.log_y ? ", or not positive on a logarithmic axis" : "",
                                   "</span>");
    const std::string spoken =
        svg::concatenate("Point chart: ", options.title.empty() ? options.y_label : options.title, layers.spoken);
    return detail::chart_figure(
        {.title = options.title, .spoken = spoken, .legend = legend, .caption = options.caption}, height,
        svg::concatenate(detail::chart_x_grid(frame, x_ticks), detail::chart_y_axis(frame, y_ticks, options.y_label),
                         detail::chart_x_axis(frame, x_ticks, options.x_label), layers.paths, diagonal,
                         detail::draw_labels(layers.labels, layers.places, layers.radius,
                                             {frame.left, frame.top, frame.right_edge(), frame.bottom})));
}

}  // namespace apd::ext
