#pragma once
// How alike the components of two runs are.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/training/decomposition.hpp>

namespace apd::ext {

/// For every component of run a at site number S, the largest |cos| of its matrix with one of run b's, both flattened;
/// 0 for one that is zero. Runs may have other numbers of components, and other ranks.
///
/// Example: `const auto alike = apd::closest_components<0>(first, second);`, then the mean over those that are used.
template <std::size_t S, class Net, decomposition_shape ShapeA, decomposition_shape ShapeB, class T>
std::vector<double> closest_components(const decomposition<Net, ShapeA, T>& a, const decomposition<Net, ShapeB, T>& b) {
    using site_a = std::remove_const_t<decltype(site_in<Net, ShapeA, S>)>;
    using site_b = std::remove_const_t<decltype(site_in<Net, ShapeB, S>)>;
    // ⟨P_c, P_d⟩ = Σ_rs (U_c,r · U_d,s)(V_c,r · V_d,s)
    const auto product = []<class one, class other>(one*, const auto& of_first, std::size_t c, other*,
                                                    const auto& of_second, std::size_t d) {
        double sum = 0;
        for (std::size_t r = 0; r < one::rank; ++r)
            for (std::size_t s = 0; s < other::rank; ++s) {
                double left = 0, right = 0;
                for (std::size_t i = 0; i < one::in; ++i)
                    left += static_cast<double>(of_first.left[S][(c * one::in + i) * one::rank + r]) *
                            static_cast<double>(of_second.left[S][(d * one::in + i) * other::rank + s]);
                for (std::size_t o = 0; o < one::out; ++o)
                    right += static_cast<double>(of_first.right[S][(c * one::rank + r) * one::out + o]) *
                             static_cast<double>(of_second.right[S][(d * other::rank + s) * one::out + o]);
                sum += left * right;
            }
        return sum;
    };
    site_a* const of_a = nullptr;
    site_b* const of_b = nullptr;
    std::vector<double> squares(site_b::count), closest(site_a::count);
    for (std::size_t d = 0; d < site_b::count; ++d) squares[d] = product(of_b, b.learned, d, of_b, b.learned, d);
    for (std::size_t c = 0; c < site_a::count; ++c) {
        const double square = product(of_a, a.learned, c, of_a, a.learned, c);
        for (std::size_t d = 0; d < site_b::count; ++d)
            if (square > 0 && squares[d] > 0)
                closest[c] = std::max(closest[c], std::abs(product(of_a, a.learned, c, of_b, b.learned, d)) /
                                                      std::sqrt(square * squares[d]));
    }
    return closest;
}

}  // namespace apd::ext

namespace apd {
using ext::closest_components;
}  // namespace apd
