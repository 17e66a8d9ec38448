// Compressed computation taken apart: one MLP of 50 neurons computes x + relu(x) for 100 features. The components
// should be the 100 features' computations, though each is spread over many neurons.

#include "residual_mlp.hpp"

namespace {

using network = residual_mlp<100, 1000, mlp<"layers.0.mlp_in", "layers.0.mlp_out", 1000, 50>>;
using reduced = residual_mlp<20, 100, mlp<"layers.0.mlp_in", "layers.0.mlp_out", 100, 10>>;

const residual_settings paper{"compressed_computation", "Compressed computation", 40'000, 0.01, 1.28, 1, 10,
                              apd::column_norm::unit};

}  // namespace

int main(int argc, char** argv) {
    residual_options options{"compressed_computation_results"};
    const auto end = read_command_line(
        argc, argv, "Takes an MLP of 50 neurons that computes x + relu(x) of 100 features apart.", options);
    return end ? *end : run_experiment<network, reduced, 130, 26>(options, paper);
}
