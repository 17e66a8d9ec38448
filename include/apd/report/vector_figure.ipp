#pragma once
// Bodies of what vector_figure.hpp declares.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/report/svg.hpp>
#include <apd/report/vector_figure.hpp>

namespace apd::ext {
namespace detail {

inline bool is_finite(const std::array<double, 2>& v) { return std::isfinite(v[0]) && std::isfinite(v[1]); }

APD_INLINE vector_scale::vector_scale(const std::vector<vector_panel>& panels) {
    double longest = 0;
    for (const vector_panel& panel : panels) {
        for (const auto& v : panel.vectors) {
            if (is_finite(v)) longest = std::max(longest, std::hypot(v[0], v[1]));
        }
    }
    if (longest > 1e-300 && std::isfinite(longest)) guide = round_length(longest);
    pixels = (size / 2 - margin) / std::max(longest, guide);
}

APD_INLINE double vector_scale::round_length(double length) {
    const double power = std::pow(10.0, std::floor(std::log10(length)));
    const double digits = length / power;
    return power * (digits < std::sqrt(2.0) ? 1 : digits < std::sqrt(10.0) ? 2 : digits < std::sqrt(50.0) ? 5 : 10);
}

/// Line, end point and, where the vector is long enough to carry it, the number of the feature.
inline std::string draw_vector(std::size_t feature, const std::array<double, 2>& v, const vector_scale& scale) {
    using svg::coordinate;
    const std::string index = std::to_string(feature);
    const std::string x = coordinate(scale.x(v[0])), y = coordinate(scale.y(v[1]));
    const double length = std::hypot(v[0], v[1]);
    const std::string centre = coordinate(vector_scale::size / 2);
    std::string out =
        svg::concatenate("<g style=\"color:", svg::colour(feature), "\"><title>feature ", index, ": (",
                         svg::label(v[0], 3), ", ", svg::label(v[1], 3), "), length ", svg::label(length, 3),
                         "</title><line class=\"vector\" x1=\"", centre, "\" y1=\"", centre, "\" x2=\"", x, "\" y2=\"",
                         y, "\"/><circle cx=\"", x, "\" cy=\"", y, "\" r=\"2.6\" fill=\"currentColor\"/>");
    if (length * scale.pixels >= 10) {
        const double beyond = length + 8.5 / scale.pixels;
        out += svg::concatenate("<text class=\"tip\" x=\"", coordinate(scale.x(v[0] / length * beyond)), "\" y=\"",
                                coordinate(scale.y(v[1] / length * beyond) + 3.4), "\">", index, "</text>");
    }
    return out += "</g>";
}

inline std::string draw_vector_panel(const vector_panel& panel, const vector_scale& scale) {
    using svg::coordinate;
    std::string vectors, spoken;
    std::size_t lost = 0;
    for (std::size_t f = 0; f < panel.vectors.size(); ++f) {
        const auto& v = panel.vectors[f];
        if (!is_finite(v)) {
            ++lost;
            continue;
        }
        vectors += draw_vector(f, v, scale);
        spoken += svg::concatenate(spoken.empty() ? ": " : "; ", "feature ", std::to_string(f), " (",
                                   svg::label(v[0], 2), ", ", svg::label(v[1], 2), ")");
    }
    const std::string size = coordinate(vector_scale::size), middle = coordinate(vector_scale::size / 2);
    std::string out = svg::concatenate(
        "<div class=\"panel\" style=\"width:", size, "px\"><div class=\"panel-title\">", svg::escape(panel.title),
        "</div><svg role=\"img\" aria-label=\"", svg::escape(panel.title), spoken, "\" width=\"", size, "\" height=\"",
        size, "\" viewBox=\"0 0 ", size, " ", size, "\"><rect class=\"frame\" x=\".5\" y=\".5\" width=\"",
        coordinate(vector_scale::size - 1), "\" height=\"", coordinate(vector_scale::size - 1),
        "\" rx=\"4\"/><path class=\"axes\" d=\"M8 ", middle, "H", coordinate(vector_scale::size - 8), "M", middle,
        " 8V", coordinate(vector_scale::size - 8), "\"/><circle class=\"guide\" cx=\"", middle, "\" cy=\"", middle,
        "\" r=\"", coordinate(scale.guide * scale.pixels), "\"/>", vectors, "<circle class=\"origin\" cx=\"", middle,
        "\" cy=\"", middle, "\" r=\"3\"/></svg>");
    if (!panel.note.empty()) out += svg::concatenate("<div class=\"panel-note\">", svg::escape(panel.note), "</div>");
    if (lost > 0) out += svg::concatenate("<div class=\"panel-note\">", std::to_string(lost), " not finite</div>");
    return out += "</div>";
}

inline std::string vector_legend(std::size_t features, double guide) {
    std::string out = "<div class=\"legend\"><span>feature</span>";
    for (std::size_t f = 0; f < features; ++f) {
        out += svg::concatenate("<span><i class=\"swatch\" style=\"background:", svg::colour(f), "\"></i>",
                                std::to_string(f), "</span>");
    }
    return out += svg::concatenate("<span><i class=\"swatch ring\"></i>length ", svg::label(guide), "</span></div>");
}

}  // namespace detail

APD_INLINE std::string vector_figure(const std::vector<vector_panel>& panels, std::string_view caption) {
    const detail::vector_scale scale(panels);
    std::size_t features = 0;
    std::string out = "<figure><div class=\"panels\">";
    for (const vector_panel& panel : panels) {
        out += detail::draw_vector_panel(panel, scale);
        features = std::max(features, panel.vectors.size());
    }
    out += svg::concatenate("</div>", detail::vector_legend(features, scale.guide));
    if (!caption.empty()) out += svg::concatenate("<figcaption>", svg::escape(caption), "</figcaption>");
    return out += "</figure>\n";
}

}  // namespace apd::ext
