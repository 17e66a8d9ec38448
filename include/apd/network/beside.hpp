#pragma once
// Several layers that read the same: y = [f(x), g(x), …].

#include <array>
#include <cstddef>
#include <tuple>

#include <apd/network/layer.hpp>
#include <apd/network/layer_members.hpp>
#include <apd/network/residual.hpp>

namespace apd::ext {

/// Layers one behind the other, in the place of one.
template <class... Layers>
struct chain {
    using parts = std::tuple<Layers...>;
};

/// A branch of `beside`: how many layers it has, and how many numbers it gives.
template <std::size_t Layers, std::size_t Width>
struct branch {
    static constexpr std::size_t layers = Layers, width = Width;
};
/// The end of branches: what they give, one behind the other. `network` makes it from beside<…>; the passes know what
/// it means.
template <class... Branches>
struct join {
    static constexpr std::array layers{Branches::layers...}, widths{Branches::width...};
    static constexpr std::size_t outputs(std::size_t) { return (Branches::width + ...); }
};

namespace detail {
template <class L>
inline constexpr bool is_join = requires {
    L::widths;
    L::layers;
};
// Whether a residual block begins with the first of some layers.
template <class... L>
consteval bool begins_with_block() {
    std::size_t end = 0;
    bool found = false;
    const auto look_at = [&](std::size_t layers_back) {
        found = found || (layers_back > 0 && layers_back == end), ++end;
    };
    (look_at(blocks::at<L>(0)), ...);
    return found;
}
template <class Layers>
struct branch_of;
template <class First, class... Rest>
struct branch_of<std::tuple<First, Rest...>> {
    static_assert(
        requires { First::inputs; } && !is_translation<First>,
        "apd::beside: the first layer of every branch fixes the number of inputs, as linear<...> does, and is no "
        "bias.");
    static_assert(!begins_with_block<First, Rest...>(),
                  "apd::beside: a branch does not begin with a residual block; put another layer before it.");
    static constexpr std::size_t width = [] {
        std::size_t given = First::outputs(First::inputs);
        ((given = Rest::outputs(given)), ...);
        return given;
    }();
    using type = branch<1 + sizeof...(Rest), width>;
};
template <class... L>
concept has_join = (is_join<L> || ...);
template <class Layers>
inline constexpr bool has_branches = false;
template <class... L>
inline constexpr bool has_branches<std::tuple<L...>> = has_join<L...>;
}  // namespace detail

/// y = [f(x), g(x), …]: every branch, a layer or a chain of them, is given x, and what they give lies one behind the
/// other.
///
/// Example: `apd::beside<apd::linear<"q", 64, 32>, apd::linear<"k", 64, 16>, apd::linear<"v", 64, 16>>`, what
/// attention reads.
template <class... Branches>
struct beside {
    static_assert(sizeof...(Branches) > 1, "apd::beside: there are two branches at least.");
    static_assert((!detail::has_branches<typename detail::flattened<Branches>::type> && ...),
                  "apd::beside: a branch has no branches of its own.");
    using parts =
        std::tuple<Branches..., join<typename detail::branch_of<typename detail::flattened<Branches>::type>::type...>>;
};

namespace detail {
/// Which place every layer of a stack reads: the one before it or, of a branch's first layer, the one before all
/// branches. And of every place, of what place it is a part, and from which entry on (of itself, from 0, if of none).
template <std::size_t Depth>
struct stack_places {
    std::array<std::size_t, Depth> reads{};
    std::array<std::size_t, Depth + 1> part_of{}, part_begin{};
    /// Of a layer: where the branches begin among which it is, else itself.
    std::array<std::size_t, Depth> group{};
};
template <class Layer, std::size_t Depth>
constexpr void add_branches(stack_places<Depth>& table, std::size_t end) {
    if constexpr (is_join<Layer>) {
        std::size_t start = end, begin = 0;
        for (const std::size_t count : Layer::layers) start -= count;
        std::size_t first = start;
        for (std::size_t i = 0; i < Layer::layers.size(); ++i) {
            table.reads[first] = start;
            first += Layer::layers[i];
            table.part_of[first] = end + 1;
            table.part_begin[first] = begin;
            begin += Layer::widths[i];
        }
        for (std::size_t l = start; l <= end; ++l) table.group[l] = start;
    }
}
template <class... L>
consteval auto places_of() {
    constexpr std::size_t depth = sizeof...(L);
    stack_places<depth> table;
    for (std::size_t l = 0; l < depth; ++l) table.reads[l] = table.part_of[l] = table.group[l] = l;
    table.part_of[depth] = depth;
    std::size_t end = 0;
    (add_branches<L>(table, end++), ...);
    return table;
}
template <class... L>
consteval auto places_of(std::tuple<L...>*) {
    return places_of<L...>();
}
}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::beside, ext::chain;
}  // namespace apd
