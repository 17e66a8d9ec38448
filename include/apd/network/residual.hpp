#pragma once
// Residual blocks: y = x + f(x), nested at will.

#include <cstddef>
#include <tuple>
#include <utility>

#include <apd/network/layer.hpp>

namespace apd::ext {

/// The end of a block of N layers: adds what the block was given. `network` makes it from residual<…>; the passes know
/// what it means.
template <std::size_t N>
struct skip {
    static constexpr std::size_t layers_back = N;
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs; }
};
// Where a block begins, passes ask the network.
template <std::size_t N>
struct unnamed_layer<skip<N>> {
    using type = skip<0>;
};

namespace detail {
// How many layers back the block begins of which a layer is the end, else 0.
struct blocks {
    template <class L>
    static consteval std::size_t at(std::size_t) {
        if constexpr (requires { L::layers_back; }) return L::layers_back;
        else return 0;
    }
};
// A list of layers in which every group is replaced by its parts.
template <class... L>
struct flattened;
template <class Tuple>
struct flattened_tuple;
template <class... L>
struct flattened_tuple<std::tuple<L...>> : flattened<L...> {};
template <class L>
struct flattened_layer {
    using type = std::tuple<L>;
};
template <layer_group L>
struct flattened_layer<L> : flattened_tuple<typename L::parts> {};
template <class... L>
struct flattened {
    using type = decltype(std::tuple_cat(std::declval<typename flattened_layer<L>::type>()...));
};
}  // namespace detail

/// y = x + layers(x); the layers give as many outputs as they are given inputs.
///
/// Example: `apd::residual<apd::linear<"mlp_in", 1000, 25>, apd::relu, apd::linear<"mlp_out", 25, 1000>>`.
template <class... Layers>
struct residual {
    static_assert(sizeof...(Layers) > 0, "apd::residual: a block has at least one layer.");
    using parts = std::tuple<Layers..., skip<std::tuple_size_v<typename detail::flattened<Layers...>::type>>>;
};

}  // namespace apd::ext

namespace apd {
using ext::residual;
}  // namespace apd
