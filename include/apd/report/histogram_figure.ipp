#pragma once
// Bodies of what histogram_figure.hpp declares.

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/report/chart_frame.hpp>
#include <apd/report/histogram_figure.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {
namespace detail {

APD_INLINE histogram_row::histogram_row(const std::vector<double>& values, const chart_axis& axis, std::size_t bins)
    : counts(bins) {
    std::vector<double> kept;
    std::copy_if(values.begin(), values.end(), std::back_inserter(kept), [&](double v) { return axis.drawable(v); });
    drawn = kept.size();
    if (kept.empty()) return;
    for (const double value : kept)
        ++counts[std::min(static_cast<std::size_t>(axis.share(value) * static_cast<double>(bins)), bins - 1)];
    std::sort(kept.begin(), kept.end());
    median = 0.5 * (kept[(drawn - 1) / 2] + kept[drawn / 2]);
}

APD_INLINE std::string histogram_row::tallest_share() const {
    if (drawn == 0) return {};
    return svg::concatenate(svg::label(100.0 * static_cast<double>(tallest()) / static_cast<double>(drawn), 2), " %");
}

/// The `d` of the bars between frame.top and frame.bottom, of which the tallest takes all.
inline std::string histogram_bars(const histogram_row& row, const chart_frame& frame) {
    const double width = (frame.right_edge() - frame.left) / static_cast<double>(row.counts.size());
    const double gap = std::min(1.0, 0.15 * width);
    const auto tallest = static_cast<double>(row.tallest());
    std::string path;
    for (std::size_t b = 0; b < row.counts.size(); ++b) {
        if (row.counts[b] == 0) continue;
        const double share = static_cast<double>(row.counts[b]) / tallest;
        const double height = std::max(share * (frame.bottom - frame.top), 1.0);  // a lone value stays visible
        const double left = frame.left + width * static_cast<double>(b);
        path += svg::concatenate("M", svg::coordinate(left + gap / 2), " ", svg::coordinate(frame.bottom), "v",
                                 svg::coordinate(-height), "H", svg::coordinate(left + width - gap / 2), "v",
                                 svg::coordinate(height), "z");
    }
    return path;
}

/// The mark, and above it the value, moved inwards where the frame ends.
inline std::string histogram_median(double median, const chart_frame& frame, double text_y) {
    const double x = frame.pixel_x(median);
    const std::string text = svg::concatenate("median ", svg::label(median, 3));
    const double half = 3.3 * static_cast<double>(characters(text));
    const double middle = std::clamp(x, frame.left + half, frame.right_edge() - half);
    return svg::concatenate("<path class=\"median\" d=\"M", svg::coordinate(x), " ", svg::coordinate(frame.top - 4),
                            "V", svg::coordinate(frame.bottom), "\"/>",
                            chart_text("median-value", middle, text_y, text));
}

/// The name of the row with the number of its values, then the bars between `frame.top` and `frame.bottom`.
inline std::string draw_histogram_row(const histogram_series& series, std::size_t index, const histogram_row& row,
                                      const chart_frame& frame, const chart_ticks& ticks) {
    using svg::coordinate;
    const double start = frame.top - histogram_row_layout::top;
    const std::string colour = svg::concatenate(" style=\"fill:", svg::colour(index), "\"");
    std::string note = counted(series.values.size(), row.drawn, "value");
    if (row.drawn < series.values.size()) note += frame.x.log ? ": not positive or not finite" : ": not finite";
    std::string out = svg::concatenate(
        chart_x_grid(frame, ticks), "<text", colour, " x=\"", coordinate(frame.left), "\" y=\"",
        coordinate(start + histogram_row_layout::name), "\"><tspan class=\"curve-name\">", svg::escape(series.name),
        "</tspan><tspan class=\"row-note\"", series.name.empty() ? "" : " dx=\"10\"", ">", note, "</tspan></text>");
    const std::string base = svg::concatenate("<path class=\"axis\" d=\"M", coordinate(frame.left), " ",
                                              coordinate(frame.bottom), "H", coordinate(frame.right_edge()), "\"/>");
    if (row.drawn == 0) return out + base;
    return svg::concatenate(out, chart_text("tick-y", frame.left - 8, frame.top + 4, row.tallest_share()),
                            "<path class=\"bars\"", colour, " d=\"", histogram_bars(row, frame), "\"><title>",
                            svg::escape(series.name), "</title></path>", base,
                            histogram_median(row.median, frame, start + histogram_row_layout::median));
}

/// What a listener hears of the rows.
inline std::string spoken_row(const histogram_series& series, const histogram_row& row) {
    return svg::concatenate(series.name, ": ", counted(series.values.size(), row.drawn, "value"),
                            row.drawn == 0 ? "" : ", median ", row.drawn == 0 ? "" : svg::label(row.median, 3));
}

/// How to read the rows.
inline std::string histogram_legend(const histogram_options& options) {
    return svg::concatenate("<span>Bars: share of the values drawn in a row (",
                            svg::label(static_cast<double>(options.bins), 6), options.bins == 1 ? " bin" : " bins",
                            options.log_x ? " of equal factors" : " of equal width",
                            "); the tallest, whose share is at the left, fills its row.</span>");
}

}  // namespace detail

APD_INLINE std::string histogram_figure(const std::vector<histogram_series>& series, const histogram_options& options) {
    if (series.empty()) throw error("histogram_figure", "there is no series", "give at least one");
    if (options.bins == 0) throw error("histogram_figure", "the number of bins is 0", "give at least one bin");
    using layout = detail::histogram_row_layout;
    detail::chart_frame frame{.x = {.log = options.log_x}};
    for (const histogram_series& one : series) {
        for (const double value : one.values) {
            if (frame.x.drawable(value)) frame.x.include(value);
        }
    }
    frame.x.pad(0);
    std::vector<detail::histogram_row> rows;
    std::vector<std::string> shares;
    std::string spoken = svg::concatenate("Histograms: ", options.title.empty() ? options.x_label : options.title);
    for (const histogram_series& one : series) {
        rows.emplace_back(one.values, frame.x, options.bins);
        shares.push_back(rows.back().tallest_share());
        spoken += svg::concatenate("; ", detail::spoken_row(one, rows.back()));
    }
    frame.left = detail::room_for(shares);
    const detail::chart_ticks ticks(frame.x);
    std::string drawing;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const double start = layout::height * static_cast<double>(r);
        frame.top = start + layout::top, frame.bottom = start + layout::bottom;
        drawing += detail::draw_histogram_row(series[r], r, rows[r], frame, ticks);
    }
    drawing += detail::chart_x_axis(frame, ticks, options.x_label);
    const std::string legend = detail::histogram_legend(options);
    return detail::chart_figure(
        {.title = options.title, .spoken = spoken, .legend = legend, .caption = options.caption},
        frame.bottom + detail::x_axis_height(options.x_label), drawing);
}

}  // namespace apd::ext
