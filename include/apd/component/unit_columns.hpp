#pragma once
// Optional: the columns of U have length 1, and gradients along them are removed.

#include <limits>
#include <string_view>

#include <apd/array/elementwise.hpp>
#include <apd/component/problem.hpp>

namespace apd {

/// Whether the columns U_{c,i,:,r} are free, or of unit length (method of Braun et al. for residual networks).
enum class column_norm { free, unit };
/// Its name in files.
constexpr std::string_view to_string(column_norm columns) { return columns == column_norm::unit ? "unit" : "free"; }

template <class Problem>
class unit_columns {
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;

  public:
    explicit unit_columns(Problem& p) {
        repeat<Net::sites.size()>([&](auto s) { spectra_.template make<s>(p.device); });
    }
    /// U[c, :, r] ← U[c, :, r]/‖U[c, :, r]‖; a column of zeros stays one.
    void normalise(Problem& p) {
        repeat<Net::sites.size()>([&](auto s) {
            const auto length = spectra_.template at<s>();
            const auto u = p.factors.template left<s>();
            p.device(length["cr"_i] = square(u["cir"_i]));
            p.device(u["cir"_i] = u["cir"_i] / sqrt(larger(length["cr"_i], constant(std::numeric_limits<T>::min()))));
        });
    }
    /// g ← g − ⟨g, u⟩u for every column u of U.
    void project_gradient(Problem& p) {
        repeat<Net::sites.size()>([&](auto s) {
            const auto along_u = spectra_.template at<s>();
            const auto u = p.factors.template left<s>(), g = p.gradients.template left<s>();
            p.device(along_u["cr"_i] = u["cir"_i] * g["cir"_i]);
            p.device(g["cir"_i] += T(-1) * along_u["cr"_i] * u["cir"_i]);
        });
    }

  private:
    template <std::size_t S>
    using spectrum = extents<Problem::components, Problem::template shapes<S>::rank>;
    array_list<typename Problem::device_type, T, spectrum, Net::sites.size()> spectra_;
};

}  // namespace apd
