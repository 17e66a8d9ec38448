// expect: apd: the network reads sequences, and the data do not say that theirs have the same
#include <apd/backend/cpu.hpp>
#include <apd/data/samples.hpp>
#include <apd/training/train.hpp>

using network = apd::network<apd::linear<"qkv", 4, 12>, apd::causal_attention<3, 2, 2>, apd::linear<"out", 4, 4>>;

void run(apd::cpu& device) {
#ifdef APD_COMPILE_FAIL_FIXED
    const apd::samples<4, float, 3> data(std::vector<float>(12));
#else
    const apd::samples<4> data(std::vector<float>(12));
#endif
    apd::train<network>(device, data);
}
