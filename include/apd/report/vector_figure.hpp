#pragma once
// A row of small panels with the same two-dimensional vectors in each: a matrix W [d, 2] and the components that sum to
// it.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <apd/core/requirements.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {

/// One panel of a `vector_figure`: row f of a matrix [d, 2] is the vector of input feature f.
struct vector_panel {
    std::string title;                           ///< above the panel
    std::vector<std::array<double, 2>> vectors;  ///< one for each input feature, (first, second) hidden dimension
    std::string note{};                          ///< below the panel, may be empty
};

namespace detail {

/// One scale for all panels: pixels per unit of length, and the length of the dashed circle.
struct vector_scale {
    static constexpr double size = 124;   // width and height of a panel
    static constexpr double margin = 14;  // room for the number beyond the longest vector
    double guide = 1;
    double pixels = 1;

    explicit vector_scale(const std::vector<vector_panel>& panels);

    /// Of 1, 2, 5 times a power of ten, the one nearest to `length` as a ratio: 1 from 0.71 to 1.41.
    static double round_length(double length);

    double x(double value) const { return size / 2 + pixels * value; }
    double y(double value) const { return size / 2 - pixels * value; }
};

}  // namespace detail

/// The vectors of every panel from the origin, one colour for each input feature, all panels on one scale.
///
/// A dashed circle marks a round length (1 where the longest vector is about that long). A vector that is not finite is
/// left out and counted below its panel. The result is HTML for `page::figure`; no argument is an error.
std::string vector_figure(const std::vector<vector_panel>& panels, std::string_view caption);

}  // namespace apd::ext

namespace apd {
using ext::vector_panel, ext::vector_figure;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/vector_figure.ipp>
#endif
