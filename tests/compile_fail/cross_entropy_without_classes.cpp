// expect: apd::train: behind the options of data with labels goes a distance from them: cross_entropy from class_labels
#include <apd/backend/cpu.hpp>
#include <apd/training/train.hpp>

using network = apd::network<apd::linear<"W", 2, 3>>;

void run(apd::cpu& device) {
    const apd::labelled_samples<2, apd::output_labels<3>> data({1, 2}, {0, 0, 1});
#ifdef APD_COMPILE_FAIL_FIXED
    apd::train<network>(device, data, {}, apd::kl_divergence);
#else
    apd::train<network>(device, data, {}, apd::cross_entropy);
#endif
}
