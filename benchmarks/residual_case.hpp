#pragma once
// Compressed computation and mechanisms across layers as cases of `timed::run`.

#include "case_run.hpp"

namespace timed {

template <apd::static_string In, apd::static_string Out, std::size_t Neurons>
using mlp = apd::residual<apd::linear<apd::static_string(In), 1000, Neurons>, apd::relu,
                          apd::linear<apd::static_string(Out), Neurons, 1000>>;
template <std::size_t Features, class... Blocks>
using residual_mlp = apd::network<apd::frozen<apd::linear<"W_E", Features, 1000>>, Blocks...,
                                  apd::frozen<apd::linear<"W_U", 1000, Features>>>;

/// Compressed computation and mechanisms across layers, as the paper decomposes them.
template <class Net, std::size_t Components, apd::column_norm Columns>
struct residual {
    using network = Net;
    static constexpr std::size_t components = Components, rank = apd::full_rank;
    static constexpr apd::column_norm columns = Columns;
    static auto data(std::uint64_t seed) {
        return apd::sparse_features<100>{.probability = 0.01, .low = -1, .high = 1, .seed = seed};
    }
    static auto objective() {
        constexpr bool is_one_layer = Columns == apd::column_norm::unit;
        const auto active = apd::batch_top_k(apd::gradient_attribution(), 1.28);
        return apd::faithfulness() + (is_one_layer ? 1 : 2) * apd::minimality(active) +
               (is_one_layer ? 10 : 7) * apd::simplicity(active, apd::schatten(0.9)) +
               apd::hidden_reconstruction<apd::relu>(active);
    }
};
using one_layer = residual_mlp<100, mlp<"layers.0.mlp_in", "layers.0.mlp_out", 50>>;
using two_layers =
    residual_mlp<100, mlp<"layers.0.mlp_in", "layers.0.mlp_out", 25>, mlp<"layers.1.mlp_in", "layers.1.mlp_out", 25>>;
using resid_1 = residual<one_layer, 130, apd::column_norm::unit>;
using resid_2 = residual<two_layers, 200, apd::column_norm::free>;

}  // namespace timed
