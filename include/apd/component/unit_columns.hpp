#pragma once
// Optional: the columns of U have length 1, and gradients along them are removed.

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>

#include <apd/array/elementwise.hpp>
#include <apd/backend/team.hpp>
#include <apd/component/problem.hpp>
#include <apd/core/annotations.hpp>

namespace apd::ext {

/// Whether the columns U_{c,i,:,r} are free, or of unit length (method of Braun et al. for residual networks).
enum class column_norm { free, unit };
/// Its name in files.
constexpr std::string_view to_string(column_norm columns) { return columns == column_norm::unit ? "unit" : "free"; }
/// All of them.
constexpr auto all_of(column_norm) { return std::array{column_norm::free, column_norm::unit}; }

namespace detail {
// What a column of so many entries is divided by, from its squared length: 1 if it has length 1 as well as rounding
// lets it, so that a column which was normalised stays as it is, bit for bit.
template <class T>
struct unit_divisor {
    T tolerance;
    explicit constexpr unit_divisor(std::size_t entries)
        : tolerance(static_cast<T>(entries + 8) * std::numeric_limits<T>::epsilon()) {}
    APD_HOST_DEVICE T operator()(T squared) const {
        if (squared <= 1 + tolerance && squared >= 1 - tolerance) return 1;
        const T smallest = std::numeric_limits<T>::min();
        return std::sqrt(squared > smallest ? squared : smallest);
    }
};
}  // namespace detail

template <class Problem>
class unit_columns {
    using T = typename Problem::scalar;

  public:
    explicit unit_columns(Problem& p) {
        p.for_each_site([&](auto site) { spectra_.make(p.device, site); });
    }
    /// U[c, :, r] ← U[c, :, r]/‖U[c, :, r]‖; a column of zeros stays one, and one of length 1 as it is.
    void normalise(Problem& p) {
        p.for_each_site([&]<class Site>(Site site) {
            const auto length = spectra_.at(site);
            const auto u = p.factors.left(site);
            detail::compute_dealt(p.device, length["cr"_i] = square(u["cir"_i]));
            p.device(length["cr"_i] = map(detail::unit_divisor<T>(Site::in), length["cr"_i]));
            p.device(u["cir"_i] = u["cir"_i] / length["cr"_i]);
        });
    }
    /// g ← g − ⟨g, u⟩u for every column u of U.
    void project_gradient(Problem& p) {
        p.for_each_site([&](auto site) {
            const auto along_u = spectra_.at(site);
            const auto u = p.factors.left(site), g = p.gradients.left(site);
            detail::compute_dealt(p.device, along_u["cr"_i] = u["cir"_i] * g["cir"_i]);
            p.device(g["cir"_i] += T(-1) * along_u["cr"_i] * u["cir"_i]);
        });
    }

  private:
    template <class Site>
    using spectrum = typename Site::spectrum;
    array_table<typename Problem::device_type, T, spectrum, Problem::network_type::sites.size()> spectra_;
};

}  // namespace apd::ext

namespace apd {
using ext::column_norm;
}  // namespace apd
