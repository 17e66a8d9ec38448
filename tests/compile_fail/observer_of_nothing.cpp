// expect: apd: behind the options go observers
#include <apd/backend/cpu.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/objective/objective.hpp>
#include <apd/training/decompose.hpp>

using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">>;

void learn(apd::cpu& device, const apd::parameters<network>& target) {
#ifdef APD_COMPILE_FAIL_FIXED
    const auto tell = [](const apd::progress&) {};
#else
    const auto tell = [](int) {};
#endif
    apd::decompose<5>(device, target, apd::sparse_features<5>{}, 1.0 * apd::faithfulness(), {}, tell);
}
