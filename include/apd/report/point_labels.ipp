#pragma once
// Bodies of what point_labels.hpp declares.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <apd/core/annotations.hpp>
#include <apd/report/chart_frame.hpp>
#include <apd/report/point_labels.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext::detail {

APD_INLINE bool label_box::hides(const pixel& p, double r) const {
    return p[0] > left - r && p[0] < right + r && p[1] > top - r && p[1] < bottom + r;
}

APD_INLINE bool label_box::overlaps(const label_box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
}

APD_INLINE bool label_box::within(const label_box& other) const {
    return left >= other.left && right <= other.right && top >= other.top && bottom <= other.bottom;
}

/// Boxes at the right, at the left, above and below of a point whose mark has the radius r.
inline std::array<label_box, 4> boxes_beside(const point_label& label, double r) {
    const auto [x, y] = label.point;
    const double width = 5.8 * static_cast<double>(characters(label.text)), height = 11, away = r + 3;
    return {{{x + away, y - height / 2, x + away + width, y + height / 2},
             {x - away - width, y - height / 2, x - away, y + height / 2},
             {x - width / 2, y - away - height, x + width / 2, y - away},
             {x - width / 2, y + away, x + width / 2, y + away + height}}};
}

/// A box for each label: of the four beside its point the first that hides least.
inline std::vector<label_box> place_labels(const std::vector<point_label>& labels, const std::vector<pixel>& points,
                                           double r, const label_box& frame) {
    std::vector<label_box> placed;
    // Text over text can't be read, text beyond the frame reads as belonging to the axes, text over a point hides it.
    const auto cost = [&](const label_box& box) {
        const auto texts =
            std::count_if(placed.begin(), placed.end(), [&](auto& other) { return box.overlaps(other); });
        const auto hidden =
            std::count_if(points.begin(), points.end(), [&](auto& point) { return box.hides(point, r); });
        return 1e6 * static_cast<double>(texts) + (box.within(frame) ? 0 : 1e5) + static_cast<double>(hidden);
    };
    for (const point_label& label : labels) {
        const auto boxes = boxes_beside(label, r);
        std::array<double, 4> costs{};
        std::transform(boxes.begin(), boxes.end(), costs.begin(), cost);
        placed.push_back(boxes[static_cast<std::size_t>(std::min_element(costs.begin(), costs.end()) - costs.begin())]);
    }
    return placed;
}

APD_INLINE std::string draw_labels(const std::vector<point_label>& labels, const std::vector<pixel>& points, double r,
                                   const label_box& frame) {
    const std::vector<label_box> boxes = place_labels(labels, points, r, frame);
    std::string out;
    for (std::size_t i = 0; i < labels.size(); ++i)
        out += chart_text("point-label", (boxes[i].left + boxes[i].right) / 2, boxes[i].bottom - 2, labels[i].text);
    return out;
}

}  // namespace apd::ext::detail
