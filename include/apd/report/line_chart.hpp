#pragma once
// Curves over a common axis, each named at its end: the losses over the steps of a run.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/report/svg.hpp>

namespace apd {

/// One curve: the points (x[i], y[i]) in order.
struct line_series {
    std::string name;
    std::vector<double> x, y;
};

/// What stands around the curves; every text may be empty.
struct line_chart_options {
    std::string title{};    ///< above the chart
    std::string x_label{};  ///< below the horizontal axis
    std::string y_label{};  ///< above the vertical axis
    std::string caption{};  ///< below the chart
    bool log_y = false;     ///< powers of ten on the vertical axis; only positive values are drawn
    double height = 300;    ///< of the drawing, which is 720 wide
};

namespace detail {

using chart_point = std::array<double, 2>;

/// From values to pixels, and the room that the labels need.
struct chart_frame {
    static constexpr double width = 720;
    static constexpr double line_height = 15;
    double x_low = std::numeric_limits<double>::infinity(), x_high = -x_low;
    double y_low = x_low, y_high = -x_low;
    double left = 44, right = 24, top = 30, bottom = 0;
    bool log_y = false;

    /// Finite, and not so large or small that the arithmetic of a frame overflows.
    bool drawable(double x, double y) const {
        constexpr double huge = 1e300;
        return std::abs(x) < huge && std::abs(y) < huge && (!log_y || y > 1 / huge);
    }
    double scaled(double y) const { return log_y ? std::log10(y) : y; }
    double pixel_x(double x) const { return left + (x - x_low) / (x_high - x_low) * (width - right - left); }
    double pixel_y(double y) const {
        return bottom - (scaled(y) - scaled(y_low)) / (scaled(y_high) - scaled(y_low)) * (bottom - top);
    }

    void include(double x, double y) {
        x_low = std::min(x_low, x), x_high = std::max(x_high, x);
        y_low = std::min(y_low, y), y_high = std::max(y_high, y);
    }

    /// A little air above and below, and never an empty range.
    void pad() {
        const auto is_point = [](double low, double high) {
            return high - low <= 1e-12 * std::max(std::abs(low), std::abs(high));
        };
        if (is_point(x_low, x_high)) {
            const double room = std::max(0.5, 1e-6 * std::abs(x_high));
            x_low -= room, x_high += room;
        }
        const double air = is_point(y_low, y_high) ? 0 : 0.04 * (scaled(y_high) - scaled(y_low));
        if (log_y) {
            const double factor = air > 0 ? std::pow(10.0, air) : 2;
            y_low /= factor, y_high *= factor;
        } else {
            const double room = air > 0 ? air : std::max(0.5 * std::abs(y_high), 0.5);
            y_low -= room, y_high += room;
        }
    }
};

/// Of the points that share a column of pixels, only the first, lowest, highest and last: the picture stays the same.
inline std::vector<chart_point> thin(const std::vector<chart_point>& run) {
    std::vector<chart_point> kept;
    for (std::size_t begin = 0, end = 0; begin < run.size(); begin = end) {
        std::size_t low = begin, high = begin;
        for (; end < run.size() && std::floor(run[end][0]) == std::floor(run[begin][0]); ++end) {
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

/// Number of characters, counted as UTF-8 code points.
inline std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

inline std::string chart_text(std::string_view kind, double x, double y, std::string_view text) {
    return svg::concatenate("<text class=\"", kind, "\" x=\"", svg::coordinate(x), "\" y=\"", svg::coordinate(y), "\">",
                            svg::escape(text), "</text>");
}

inline std::string chart_axes(const chart_frame& frame, const line_chart_options& options,
                              const std::vector<double>& y_ticks, const std::vector<std::string>& y_names) {
    const std::string left = svg::coordinate(frame.left), edge = svg::coordinate(chart_frame::width - frame.right);
    std::string out, grid;
    for (std::size_t i = 0; i < y_ticks.size(); ++i) {
        const double y = frame.pixel_y(y_ticks[i]);
        grid += svg::concatenate("M", left, " ", svg::coordinate(y), "H", edge);
        out += chart_text("tick-y", frame.left - 8, y + 4, y_names[i]);
    }
    out += svg::concatenate("<path class=\"grid\" d=\"", grid, "\"/>");
    const std::vector<double> x_ticks = svg::linear_ticks(frame.x_low, frame.x_high);
    const std::vector<std::string> x_names = svg::tick_labels(x_ticks);
    std::string axis = svg::concatenate("M", left, " ", svg::coordinate(frame.bottom), "H", edge);
    for (std::size_t i = 0; i < x_ticks.size(); ++i) {
        const double x = frame.pixel_x(x_ticks[i]);
        axis += svg::concatenate("M", svg::coordinate(x), " ", svg::coordinate(frame.bottom), "v5");
        out += chart_text("tick-x", x, frame.bottom + 19, x_names[i]);
    }
    out += svg::concatenate("<path class=\"axis\" d=\"", axis, "\"/>");
    const double middle = (frame.left + chart_frame::width - frame.right) / 2;
    if (!options.x_label.empty()) out += chart_text("axis-x", middle, frame.bottom + 38, options.x_label);
    if (!options.y_label.empty()) out += chart_text("axis-y", 0, 12, options.y_label);
    return out;
}

/// The curves and, at the right, their names; a curve without a drawable point is named as such.
inline std::string chart_curves(const std::vector<line_series>& all, const std::vector<std::string>& names,
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
        out += svg::concatenate(
            "<g style=\"fill:", svg::colour(s), "\">",
            chart_text("curve-name", chart_frame::width - frame.right + 8, heights[s] + 4, names[s]), "</g>");
    }
    return out;
}

}  // namespace detail

/// Curves on common axes, each with its name at its end.
///
/// Values that are not finite, and on a logarithmic axis those that are not positive, are gaps. Points closer than a
/// pixel are thinned without changing the picture, so a run of a million steps stays small. HTML for `page::figure`.
/// Errors: `apd::error` if a series has not as many x as y.
inline std::string line_chart(const std::vector<line_series>& series, const line_chart_options& options) {
    detail::chart_frame frame{.log_y = options.log_y};
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
    if (frame.x_low > frame.x_high) frame.include(0, 1);
    frame.pad();
    const std::vector<double> y_ticks =
        frame.log_y ? svg::log_ticks(frame.y_low, frame.y_high) : svg::linear_ticks(frame.y_low, frame.y_high);
    const std::vector<std::string> y_names = svg::tick_labels(y_ticks);
    std::size_t widest = 0;
    for (const std::string& name : y_names) widest = std::max(widest, detail::characters(name));
    frame.left = 16 + 7.0 * static_cast<double>(widest);
    frame.right = std::min(16 + 7.2 * static_cast<double>(longest), 260.0);
    const double height =
        std::max(options.height, 90 + detail::chart_frame::line_height * static_cast<double>(series.size()));
    frame.bottom = height - (options.x_label.empty() ? 28 : 46);

    const std::string heading = options.title.empty() ? options.y_label : options.title;
    std::string out = "<figure>";
    if (!options.title.empty())
        out += svg::concatenate("<div class=\"figure-title\">", svg::escape(options.title), "</div>");
    out += svg::concatenate("<div class=\"chart\"><svg role=\"img\" aria-label=\"Line chart: ", svg::escape(heading),
                            "\" viewBox=\"0 0 720 ", svg::coordinate(height), "\">",
                            detail::chart_axes(frame, options, y_ticks, y_names),
                            detail::chart_curves(series, names, frame), "</svg></div>");
    if (!options.caption.empty())
        out += svg::concatenate("<figcaption>", svg::escape(options.caption), "</figcaption>");
    return out += "</figure>\n";
}

}  // namespace apd
