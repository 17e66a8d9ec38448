#pragma once
// The layer z = x W, a site: its matrix is what APD decomposes.

#include <cstddef>

#include <apd/core/static_string.hpp>
#include <apd/network/layer.hpp>
#include <apd/network/orientation.hpp>

namespace apd {

/// z[b, o] = Σ_i x[b, i] W[i, o]; W is stored [In, Out] under the name of the site.
///
/// Example: `apd::linear<"W", 5, 2>`.
template <static_string Name, std::size_t In, std::size_t Out>
struct linear : matrix_layer<straight> {
    static_assert(In > 0 && Out > 0, "apd::linear: a matrix has at least one row and one column.");
    using site = linear;
    using shape = extents<In, Out>;
    static constexpr auto name = Name;
    static constexpr std::size_t inputs = In;
    static constexpr std::size_t outputs(std::size_t = In) { return Out; }
};

}  // namespace apd
