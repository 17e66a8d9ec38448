#pragma once
// An ordinary network with biases, 12 features through 8 neurons, as PyTorch trained and saved it.

#include <cstddef>
#include <string>

#include <apd/apd.hpp>

namespace apd_test {

/// y = relu(x A + a) B + b; inputs are sparse, and the label is the input.
using mlp_with_biases =
    apd::network<apd::linear<"A", 12, 8>, apd::bias<"a", 8>, apd::relu, apd::linear<"B", 8, 12>, apd::bias<"b", 12>>;
inline const apd::sparse_features<12> mlp_data{.probability = 0.05, .low = 0, .high = 1};

inline apd::parameters<mlp_with_biases> torch_mlp(int seed) {
    return apd::load(
        std::string(APD_REFERENCE_DIR) + "/torch_mlp_12-8-12_bias_seed" + std::to_string(seed) + ".safetensors",
        apd::stored_out_in, {{"0.weight", "A"}, {"0.bias", "a"}, {"2.weight", "B"}, {"2.bias", "b"}});
}

/// How much of feature f's row of A each component has: Σ_o P_c[f, o] A[f, o] / Σ_o A[f, o]².
template <class Factors>
std::vector<double> parts_of_feature(const apd::parameters<mlp_with_biases>& target, const Factors& factors,
                                     std::size_t f) {
    const std::size_t components = factors.left[0].size() / 12;  // of rank 1
    const auto a = target.get<"A">().subspan(f * 8, 8);
    std::vector<double> parts(components, 0);
    double all = 0;
    for (std::size_t o = 0; o < 8; ++o) all += a[o] * a[o];
    for (std::size_t c = 0; c < components; ++c)
        for (std::size_t o = 0; o < 8; ++o)
            parts[c] += factors.left[0][c * 12 + f] * factors.right[0][c * 8 + o] * a[o] / all;
    return parts;
}

}  // namespace apd_test
