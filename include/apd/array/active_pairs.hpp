#pragma once
// The active (sample, component) pairs of a batch, grouped by component: what a mask is to the passes.

#include <cstddef>
#include <cstdint>

#include <apd/core/annotations.hpp>

namespace apd::ext {

/// A view of P active pairs. Pair p of component c is sample[p], first[c] ≤ p < first[c + 1]; samples ascend within a
/// component.
///
/// In a statement run over pairs the letter p counts pairs, and the letters b and c of every other array are read at
/// the pair's sample and component:
/// `device(inner["pr"_i] = a["bi"_i] * U["cir"_i], pairs)` is inner[p, r] = Σ_i a[b(p), i] U[c(p), i, r].
struct active_pairs {
    std::uint32_t* first = nullptr;   ///< [C + 1]
    std::uint32_t* sample = nullptr;  ///< [P], room for `capacity`
    std::size_t components = 0;
    std::size_t capacity = 0;

    /// How many there are, read where the pairs are: on a GPU in its kernels.
    APD_HOST_DEVICE constexpr std::size_t size() const { return first[components] - first[0]; }
    /// Those of `count` components from `begin` on, which are numbered from 0 in them; pairs keep their numbers.
    constexpr active_pairs range(std::size_t begin, std::size_t count) const {
        return {first + begin, sample, count, capacity};
    }
};

}  // namespace apd::ext
