#pragma once
// Masks that are made of importances and of what a source has drawn: computed where they are read, never stored.

#include <type_traits>

#include <apd/array/elementwise.hpp>

namespace apd::ext {

/// Nothing, in the place of an array of shares: nothing is taken from masks, or all rows have them.
struct no_share {};

/// The masks of a site, m = ρ (g + (1 − g) r): g [B, C] the importances, r [B, C] what a source has drawn, ρ [B] the
/// rows that have components at the site.
template <class Importance, class Numbers, class Rows>
struct drawn_mask {
    using T = typename Numbers::value_type;
    Importance importance;
    Numbers source;
    Rows route;  ///< or `no_share`: all rows

    auto operator[](decltype("bc"_i)) const { return routed(g() + (constant(T(1)) - g()) * source["bc"_i]); }
    /// ∂m/∂g = ρ (1 − r) and ∂m/∂r = ρ (1 − g)
    auto by_importance() const { return routed(constant(T(1)) - source["bc"_i]); }
    auto by_source() const { return routed(constant(T(1)) - g()); }

  private:
    auto g() const { return importance["bc"_i]; }
    auto routed(const auto& numbers) const {
        if constexpr (std::is_same_v<Rows, no_share>) return numbers;
        else return numbers * route["b"_i];
    }
};

}  // namespace apd::ext
