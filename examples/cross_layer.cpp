// Mechanisms across layers: two MLPs of 25 neurons compute x + relu(x) for 100 features together. The components should
// be the 100 features' computations, each spread over both layers.

#include "residual_mlp.hpp"

int main(int argc, char** argv) {
    residual_options options{"cross_layer_results"};
    const auto end = read_command_line(
        argc, argv, "Takes two MLPs of 25 neurons that compute x + relu(x) of 100 features apart.", options, true);
    return end ? *end
               : run_experiment<two_blocks<100, 1000, 25>, two_blocks<20, 100, 5>, 200, 40>(options, paper_cross_layer);
}
