#pragma once
// Residual streams: places that only products with matrices write and read, whose activations nobody has to compute.

#include <array>
#include <cstddef>
#include <utility>

#include <apd/network/network.hpp>

namespace apd::ext {

namespace detail {
struct multiplication {
    template <class L>
    static consteval bool at(std::size_t) {
        return matrix_use<L>;
    }
};
}  // namespace detail

/// A *stream*, such as the residual stream of a network without normalisation, is a place between layers that only
/// multiplications by matrices, and blocks that add, write: h = Σ_l a_l M_l, a_l [B, n_l] what goes into layer l and
/// M_l [n_l, d] its matrix; and that only such layers read: h R = Σ_l a_l (M_l R). Where a stream is wide and what goes
/// into its layers is narrow, the products M_l R cost far less than h, as they have no rows.
template <class Net>
class residual_streams {
    using places = std::array<bool, Net::depth + 1>;

    // Whether a layer multiplies by a matrix, once for every row. (Branches are left as they are.)
    static constexpr std::array<bool, Net::depth> multiplies = [] {
        auto all = detail::for_layers<detail::multiplication>(static_cast<typename Net::layers*>(nullptr), Net::sizes);
        for (std::size_t l = 0; l < Net::depth; ++l) all[l] = all[l] && Net::positions[l] == 1 && !Net::has_branches;
        return all;
    }();

  public:
    /// Which places are streams: never the network's input or output.
    static constexpr places are = [] {
        places found{};
        for (std::size_t l = 0; l + 1 < Net::depth; ++l)
            found[l + 1] =
                Net::layers_back[l] > 0 ? found[l] && found[l - Net::layers_back[l]] : multiplies[l] && !found[l];
        // What writes to it and what reads it may not be so after all.
        const auto is_one = [&](std::size_t p) {
            const std::size_t back = Net::layers_back[p - 1];
            if (back > 0 && !(found[p - 1] && found[p - 1 - back])) return false;
            if (Net::layers_back[p] > 0 ? !found[p + 1] : !multiplies[p] || found[p + 1]) return false;
            for (std::size_t end = p; end < Net::depth; ++end)
                if (Net::layers_back[end] > 0 && end - Net::layers_back[end] == p && !found[end + 1]) return false;
            return true;
        };
        for (bool has_changed = true; std::exchange(has_changed, false);)
            for (std::size_t p = 1; p < Net::depth; ++p)
                if (found[p] && !is_one(p)) found[p] = false, has_changed = true;
        return found;
    }();
    static constexpr bool writes(std::size_t layer) { return multiplies[layer] && are[layer + 1]; }
    static constexpr bool reads(std::size_t layer) { return multiplies[layer] && are[layer]; }

    /// How often what a layer writes arrives at a place, as it is.
    static constexpr auto arrivals = [] {
        std::array<std::array<std::size_t, Net::depth + 1>, Net::depth> times{};
        for (std::size_t writer = 0; writer < Net::depth; ++writer) {
            if (!writes(writer)) continue;
            auto& at = times[writer];
            at[writer + 1] = 1;
            for (std::size_t l = writer + 1; l < Net::depth; ++l)
                if (Net::layers_back[l] > 0 && are[l + 1]) at[l + 1] = at[l] + at[l - Net::layers_back[l]];
        }
        return times;
    }();
};

}  // namespace apd::ext
