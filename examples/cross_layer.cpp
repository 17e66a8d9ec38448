// Mechanisms across layers: two MLPs of 25 neurons compute x + relu(x) for 100 features together. The components should
// be the 100 features' computations, each spread over both layers.

#include "residual_mlp.hpp"

namespace {

template <std::size_t Features, std::size_t Width, std::size_t Neurons>
using two_blocks = residual_mlp<Features, Width, mlp<"layers.0.mlp_in", "layers.0.mlp_out", Width, Neurons>,
                                mlp<"layers.1.mlp_in", "layers.1.mlp_out", Width, Neurons>>;

const residual_settings paper{"cross_layer",         "Mechanisms across layers", 10'000, 0.01, 1.28, 2, 7,
                              apd::column_norm::free};

}  // namespace

int main(int argc, char** argv) {
    residual_options options{"cross_layer_results"};
    const auto end = read_command_line(
        argc, argv, "Takes two MLPs of 25 neurons that compute x + relu(x) of 100 features apart.", options);
    return end ? *end : run_experiment<two_blocks<100, 1000, 25>, two_blocks<20, 100, 5>, 200, 40>(options, paper);
}
