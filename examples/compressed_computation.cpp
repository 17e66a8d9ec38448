// Compressed computation taken apart: one MLP of 50 neurons computes x + relu(x) for 100 features. The components
// should be the 100 features' computations, though each is spread over many neurons.

#include "residual_mlp.hpp"

int main(int argc, char** argv) {
    residual_options options{"compressed_computation_results"};
    const auto end = read_command_line(
        argc, argv, "Takes an MLP of 50 neurons that computes x + relu(x) of 100 features apart.", options);
    return end ? *end
               : run_experiment<one_block<100, 1000, 50>, one_block<20, 100, 10>, 130, 26>(options, paper_compressed);
}
