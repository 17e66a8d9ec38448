// expect: apd::train: the data have no labels that outputs could be compared with; see labelled_samples
#include <apd/backend/cpu.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/training/train.hpp>

using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">>;

void run(apd::cpu& device) {
    const apd::sparse_features<5> data;
#ifdef APD_COMPILE_FAIL_FIXED
    apd::train<network>(device, data, {}, apd::input_as_label{});
#else
    apd::train<network>(device, data, {}, apd::cross_entropy);
#endif
}
