// expect: apd::train: the labels are not for as many outputs as the network has
#include <apd/backend/cpu.hpp>
#include <apd/training/train.hpp>

using network = apd::network<apd::linear<"W", 2, 3>>;

void run(apd::cpu& device) {
#ifdef APD_COMPILE_FAIL_FIXED
    constexpr std::size_t classes = 3;
#else
    constexpr std::size_t classes = 4;
#endif
    const apd::labelled_samples<2, apd::class_labels<classes>> data({1, 2}, {0});
    apd::train<network>(device, data);
}
