#pragma once
// Distributions below each other over a common axis: the losses of several networks, or of one network's features.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/report/chart_frame.hpp>

namespace apd::ext {

/// One row of a `histogram_figure`: values in any order.
struct histogram_series {
    std::string name;
    std::vector<double> values;
};

/// What stands around the rows; every text may be empty.
struct histogram_options {
    std::string title{};    ///< above the rows
    std::string x_label{};  ///< below the horizontal axis
    std::string caption{};  ///< below the figure
    bool log_x = false;     ///< powers of ten on the horizontal axis; only positive values are drawn
    std::size_t bins = 40;  ///< of equal width, on a logarithmic axis of equal factors, over the values of all rows
};

namespace detail {

/// Heights within a row: its name, the value of its median, its bars and the room up to the next row.
struct histogram_row_layout {
    static constexpr double name = 12, median = 27, top = 35, bottom = 79, height = 94;
};

/// What is drawn of a series.
struct histogram_row {
    std::vector<std::size_t> counts;  ///< of the bins
    std::size_t drawn = 0;
    double median = 0;

    histogram_row(const std::vector<double>& values, const chart_axis& axis, std::size_t bins);

    std::size_t tallest() const { return *std::max_element(counts.begin(), counts.end()); }
    std::string tallest_share() const;
};

}  // namespace detail

/// Distributions of several series as rows over one horizontal axis, each with its median.
///
/// A bar is the share of a row's values in its bin. Each row is filled to its own tallest bar, whose share stands at
/// its left: rows compare in place and shape, not in height. Values that are not finite, and on a logarithmic axis
/// those that are not positive, are left out of shares and median and counted in the row. HTML for `page::figure`.
/// Errors: `apd::error` if there is no series or no bin.
/// Example: `page.figure(apd::histogram_figure({{"seed 0", losses}}, {.x_label = "loss", .log_x = true}));`
std::string histogram_figure(const std::vector<histogram_series>& series, const histogram_options& options = {});

}  // namespace apd::ext

namespace apd {
using ext::histogram_series, ext::histogram_options, ext::histogram_figure;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/histogram_figure.ipp>
#endif
