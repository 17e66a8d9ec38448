// One run in slices on GPUs, instantiated by nvcc: compiled, never run.

#include <apd/apd.hpp>
#include <apd/nccl.hpp>

using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;

auto learn(const apd::mpi::world& world, const apd::parameters<network>& target) {
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 0.2);
    const apd::plan plan{
        target, apd::sparse_features<5>{.probability = 0.05},
        apd::faithfulness() + apd::minimality(active) + 0.7 * apd::simplicity(active, apd::schatten(0.9)),
        apd::decompose_options{.batch = 2048}};
    return apd::decompose<5>(apd::mpi::gpu_slices{world, 8}, plan);
}
