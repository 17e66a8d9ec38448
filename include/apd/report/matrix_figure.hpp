#pragma once
// Heat maps of matrices on one diverging colour scale: a matrix with more than two columns and its components.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {

/// One heat map of a `matrix_figure`.
struct matrix_panel {
    std::string title;                          ///< above the panel
    std::size_t rows = 0;                       ///< drawn downwards
    std::size_t columns = 0;                    ///< drawn to the right
    std::vector<double> values;                 ///< [rows, columns], row after row
    std::string note{};                         ///< below the panel, may be empty
    std::string row_name{};                     ///< what the rows are; with it, they are numbered
    std::string column_name{};                  ///< the same for the columns
    std::vector<std::size_t> row_numbers{};     ///< [rows], or none for 0, 1, …
    std::vector<std::size_t> column_numbers{};  ///< [columns], or none for 0, 1, …
};

namespace detail {

/// Shades on each side of zero. Twenty are finer than the eye compares over a gap, and keep the file small.
inline constexpr int matrix_shades = 20;
inline constexpr int matrix_not_finite = matrix_shades + 1;

}  // namespace detail

/// Heat maps side by side, or a single large one, on one scale from −m to m, where m is the largest magnitude in any
/// panel, or from 0 where no value is negative.
///
/// Positive and negative values have a hue each, zero the colour of the background; 20 shades each way. Values that are
/// not finite are grey and counted below their panel. The result is HTML for `page::figure`.
/// Errors: `apd::error` if a panel has not rows · columns values, or numbers for some rows or columns only.
std::string matrix_figure(const std::vector<matrix_panel>& panels, std::string_view caption);

}  // namespace apd::ext

namespace apd {
using ext::matrix_panel, ext::matrix_figure;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/matrix_figure.ipp>
#endif
