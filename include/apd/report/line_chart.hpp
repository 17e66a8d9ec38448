#pragma once
// Curves over a common axis, each named at its end: the losses over the steps of a run.

#include <array>
#include <string>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/report/chart_frame.hpp>

namespace apd::ext {

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

/// The curves and, at the right, their names; a curve without a drawable point is named as such.
std::string chart_curves(const std::vector<line_series>& all, const std::vector<std::string>& names,
                         const chart_frame& frame);

}  // namespace detail

/// Curves on common axes, each with its name at its end.
///
/// Values that are not finite, and on a logarithmic axis those that are not positive, are gaps. Points closer than a
/// pixel are thinned without changing the picture, so a run of a million steps stays small. HTML for `page::figure`.
/// Errors: `apd::error` if a series has not as many x as y.
std::string line_chart(const std::vector<line_series>& series, const line_chart_options& options);

}  // namespace apd::ext

namespace apd {
using ext::line_series, ext::line_chart_options, ext::line_chart;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/line_chart.ipp>
#endif
