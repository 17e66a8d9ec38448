#pragma once
// The layer z = x W, a site: its matrix is what APD decomposes.

#include <cstddef>

#include <apd/core/static_string.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/orientation.hpp>

namespace apd::ext {

/// z[b, t, o] = Σ_i x[b, t, i] W[i, o]; W is stored [In, Out] under the name of the site. A sample has one position t
/// unless `Positions` says otherwise; then its features lie position after position.
///
/// Example: `apd::linear<"W", 5, 2>`.
template <static_string Name, std::size_t In, std::size_t Out, std::size_t Positions = 1>
struct linear : matrix_layer<as_declared> {
    static_assert(In > 0 && Out > 0 && Positions > 0,
                  "apd::linear: a matrix has at least one row and one column, and is used at one position at least.");
    using matrix = linear;
    using shape = extents<In, Out>;
    static constexpr bool is_frozen = false;
    static constexpr auto name = Name;
    static constexpr std::size_t inputs = Positions * In;
    static constexpr std::size_t outputs(std::size_t = inputs) { return Positions * Out; }
};
template <static_string Name, std::size_t In, std::size_t Out, std::size_t Positions>
struct unnamed_layer<linear<Name, In, Out, Positions>> {
    using type = linear<"", In, Out, Positions>;
};

}  // namespace apd::ext

namespace apd {
using ext::linear;
}  // namespace apd
