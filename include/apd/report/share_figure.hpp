#pragma once
// How many runs came out, over a grid of two hyperparameters.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {

/// The runs of a sweep over two hyperparameters, whose values are given as text: for every pair of values, how many
/// runs there were, and how many of them came out.
struct share_grid {
    std::string row_name, column_name;
    std::vector<std::string> rows, columns;   ///< drawn downwards, to the right
    std::vector<std::size_t> came_out, runs;  ///< [rows, columns], row after row
};

/// A cell for every pair of values, the more coloured the larger the share is, with both counts written in it. The
/// result is HTML for `page::figure`.
///
/// Errors: `apd::error` if there is not one count for every cell, or more runs came out than there were.
std::string share_figure(const share_grid& grid, std::string_view caption);

}  // namespace apd::ext

namespace apd {
using ext::share_grid, ext::share_figure;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/share_figure.ipp>
#endif
