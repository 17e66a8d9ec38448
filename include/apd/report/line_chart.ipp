#pragma once
// Bodies of what line_chart.hpp declares.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/report/chart_frame.hpp>
#include <apd/report/line_chart.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {
namespace detail {

/// Of the points that share a column of pixels, only the first, lowest, highest and last: the picture stays the same.
inline std::vector<chart_point> thin(const std::vector<chart_point>& run) {
    std::vector<chart_point> kept;
    for (std::size_t begin = 0, end = 0; begin < run.size(); begin = end) {
        std::size_t low = begin, high = begin;
        for (; end < run.size() && exactly_equal(std::floor(run[end][0]), std::floor(run[begin][0])); ++end) {
            if (run[end][1] < run[low][1]) low = end;
            if (run[end][1] > run[high][1]) high = end;
        }
        std::size_t previous = run.size();
        for (const std::size_t i : {begin, std::min(low, high), std::max(low, high), end - 1}) {
            if (i != previous) kept.push_back(run[i]);
            previous = i;
        }
    }
    return kept;
}

/// The `d` of a path; a value that cannot be drawn is a gap, a point between two gaps is a dot.
inline std::string chart_path(const line_series& series, const chart_frame& frame) {
    std::string path;
    std::vector<chart_point> run;
    for (std::size_t i = 0; i <= series.x.size(); ++i) {
        if (i < series.x.size() && frame.drawable(series.x[i], series.y[i])) {
            run.push_back({frame.pixel_x(series.x[i]), frame.pixel_y(series.y[i])});
            continue;
        }
        const std::vector<chart_point> points = thin(run);
        for (std::size_t k = 0; k < points.size(); ++k) {
            path += svg::concatenate(k == 0 ? "M" : "L", svg::coordinate(points[k][0], 1), " ",
                                     svg::coordinate(points[k][1], 1));
        }
        if (points.size() == 1) path += "h0";
        run.clear();
    }
    return path;
}

/// Heights of the names: at the ends of their curves, then moved apart to be a line from each other within the frame.
inline std::vector<double> spread_names(const std::vector<double>& wanted, double low, double high) {
    std::vector<std::size_t> order(wanted.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return wanted[a] < wanted[b]; });
    std::vector<double> placed = wanted;
    double free = low;
    for (const std::size_t i : order) {
        placed[i] = std::max(wanted[i], free);
        free = placed[i] + chart_frame::line_height;
    }
    double limit = high;
    for (auto i = order.rbegin(); i != order.rend(); ++i) {
        placed[*i] = std::min(placed[*i], limit);
        limit = placed[*i] - chart_frame::line_height;
    }
    return placed;
}

APD_INLINE std::string chart_curves(const std::vector<line_series>& all, const std::vector<std::string>& names,
                                    const chart_frame& frame) {
    std::string out;
    std::vector<double> ends;
    for (std::size_t s = 0; s < all.size(); ++s) {
        double end = frame.bottom;
        for (std::size_t i = 0; i < all[s].x.size(); ++i) {
            if (frame.drawable(all[s].x[i], all[s].y[i])) end = frame.pixel_y(all[s].y[i]);
        }
        ends.push_back(end);
        out += svg::concatenate("<path class=\"curve\" style=\"stroke:", svg::colour(s), "\" d=\"",
                                chart_path(all[s], frame), "\"><title>", svg::escape(all[s].name), "</title></path>");
    }
    const std::vector<double> heights = spread_names(ends, frame.top, frame.bottom);
    for (std::size_t s = 0; s < all.size(); ++s) {
        out += svg::concatenate("<g style=\"fill:", svg::colour(s), "\">",
                                chart_text("curve-name", frame.right_edge() + 8, heights[s] + 4, names[s]), "</g>");
    }
    return out;
}

}  // namespace detail

APD_INLINE std::string line_chart(const std::vector<line_series>& series, const line_chart_options& options) {
    detail::chart_frame frame{.y = {.log = options.log_y}};
    std::vector<std::string> names;
    std::size_t longest = 0;
    for (const line_series& one : series) {
        if (one.x.size() != one.y.size()) {
            throw error(
                svg::concatenate("line_chart: series '", one.name, "'"),
                svg::concatenate("has ", std::to_string(one.x.size()), " x and ", std::to_string(one.y.size()), " y"),
                "give each point both");
        }
        bool drawn = false;
        for (std::size_t i = 0; i < one.x.size(); ++i) {
            if (!frame.drawable(one.x[i], one.y[i])) continue;
            frame.include(one.x[i], one.y[i]);
            drawn = true;
        }
        names.push_back(drawn ? one.name : svg::concatenate(one.name, " (no value)"));
        longest = std::max(longest, detail::characters(names.back()));
    }
    frame.x.pad(0);
    frame.y.pad(0.04);
    const detail::chart_ticks x_ticks(frame.x), y_ticks(frame.y);
    frame.left = detail::room_for(y_ticks.names);
    frame.right = std::min(16 + 7.2 * static_cast<double>(longest), 260.0);
    const double height =
        std::max(options.height, 90 + detail::chart_frame::line_height * static_cast<double>(series.size()));
    frame.bottom = height - detail::x_axis_height(options.x_label);

    const std::string spoken =
        svg::concatenate("Line chart: ", options.title.empty() ? options.y_label : options.title);
    return detail::chart_figure({.title = options.title, .spoken = spoken, .legend = {}, .caption = options.caption},
                                height,
                                svg::concatenate(detail::chart_y_axis(frame, y_ticks, options.y_label),
                                                 detail::chart_x_axis(frame, x_ticks, options.x_label),
                                                 detail::chart_curves(series, names, frame)));
}

}  // namespace apd::ext
