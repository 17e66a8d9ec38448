#pragma once
// Masks that are made of importances and of what a source has drawn: computed where they are read, never stored.

#include <type_traits>

#include <apd/array/elementwise.hpp>

namespace apd::ext {

/// In the place of an array of routes: every row has components at every site.
struct every_row {};

namespace detail {
// g + (1 − g) r as one function: an importance is read, and cut off at 0 and 1, once.
struct towards_one {
    template <class T>
    APD_HOST_DEVICE constexpr T operator()(T g, T r) const {
        return g + (T(1) - g) * r;
    }
};
}  // namespace detail

/// The masks of a site, m = ρ (g + (1 − g) r): g [B, C] the importances, r [B, C] what a source has drawn, ρ [B] the
/// rows that have components at the site.
template <class Importance, class Numbers, class Rows>
struct drawn_mask {
    using T = typename Numbers::value_type;
    Importance importance;
    Numbers source;
    Rows route;  ///< or `every_row`

    auto operator[](decltype("bc"_i)) const {
        return routed(map(detail::towards_one{}, importance["bc"_i], source["bc"_i]));
    }
    /// ∂m/∂g = ρ (1 − r) and ∂m/∂r = ρ (1 − g)
    auto by_importance() const { return routed(constant(T(1)) - source["bc"_i]); }
    auto by_source() const { return routed(constant(T(1)) - importance["bc"_i]); }

  private:
    auto routed(const auto& numbers) const {
        if constexpr (std::is_same_v<Rows, every_row>) return numbers;
        else return numbers * route["b"_i];
    }
};

}  // namespace apd::ext
