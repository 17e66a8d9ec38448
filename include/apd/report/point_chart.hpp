#pragma once
// Scatter plots: sets of points told apart by colour and shape, such as losses of features before against after.

#include <cstddef>
#include <string>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/report/chart_frame.hpp>
#include <apd/report/point_labels.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {

/// The points (x[i], y[i]) of one colour and shape.
struct point_series {
    std::string name;
    std::vector<double> x, y;
    std::vector<std::string> labels{};  ///< beside the points: none at all or one for each, where "" is none
};

/// What stands around the points; every text may be empty.
struct point_chart_options {
    std::string title{};    ///< above the chart
    std::string x_label{};  ///< below the horizontal axis
    std::string y_label{};  ///< above the vertical axis
    std::string caption{};  ///< below the chart
    bool log_x = false;     ///< powers of ten on the horizontal axis; only positive values are drawn
    bool log_y = false;     ///< powers of ten on the vertical axis; only positive values are drawn
    bool diagonal = false;  ///< the line y = x; both axes then have the same range
    double height = 300;    ///< of the drawing, which is 720 wide
};

namespace detail {

/// A shape: where its path starts, from the point, how it goes on, and the width of its stroke.
struct point_shape {
    pixel start;
    std::string path;
    double stroke;
};

/// Eight shapes that differ without colour too: a disc and seven open ones, which show what lies below them.
point_shape shape_of(std::size_t index, double r);

/// The points of all sets, a layer for each, with the texts about them.
struct point_layers {
    std::string paths, legend, spoken;
    std::vector<point_label> labels;
    std::vector<pixel> places;
    double radius = 0;
    bool complete = true;  ///< no point is left out

    point_layers(const std::vector<point_series>& sets, const chart_frame& frame);

  private:
    void add(const point_series& set, std::size_t index, const chart_frame& frame);
};

}  // namespace detail

/// Sets of points on common axes, each with its own colour and shape.
///
/// The legend names the sets where there are several. Points that are not finite, and on a logarithmic axis those that
/// are not positive, are left out, which the legend then says. A set is one path of about fifteen bytes a point. HTML
/// for `page::figure`.
/// Errors: `apd::error` if a set has not as many x as y, or labels but not one for each point.
/// Example: `page.figure(apd::point_chart({{"features", before, after}}, {.log_x = true, .log_y = true}));`
std::string point_chart(const std::vector<point_series>& sets, const point_chart_options& options = {});

}  // namespace apd::ext

namespace apd {
using ext::point_series, ext::point_chart_options, ext::point_chart;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/point_chart.ipp>
#endif
