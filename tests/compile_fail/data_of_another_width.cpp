// expect: apd: the data have not as many features as the network inputs
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/backend/cpu.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/mask/lp.hpp>
#include <apd/mask/top_k.hpp>
#include <apd/training/decompose.hpp>

using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::relu>;

void run(apd::cpu& device, const apd::parameters<network>& target) {
#ifdef APD_COMPILE_FAIL_FIXED
    const apd::sparse_features<5> data;
#else
    const apd::sparse_features<6> data;
#endif
    apd::decompose<5>(device, target, data, 1.0 * apd::output_reconstruction());
}
