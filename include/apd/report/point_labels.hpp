#pragma once
// Small texts beside points, each on the side where it hides least.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <apd/report/svg.hpp>

namespace apd::ext::detail {

using pixel = std::array<double, 2>;

struct label_box {
    double left, top, right, bottom;

    /// Whether it hides some of a mark with the radius r.
    bool hides(const pixel& p, double r) const;
    bool overlaps(const label_box& other) const;
    bool within(const label_box& other) const;
};

/// A label and the point it belongs to.
struct point_label {
    pixel point;
    std::string_view text;
};

/// The labels as text. Each is set from its middle, so that it stays beside its point in a wider or narrower font.
std::string draw_labels(const std::vector<point_label>& labels, const std::vector<pixel>& points, double r,
                        const label_box& frame);

}  // namespace apd::ext::detail

#ifndef APD_COMPILED
#include <apd/report/point_labels.ipp>
#endif
