// expect: apd: a statement over pairs needs an array with the letter p \(pairs\) or b \(samples\)
#include <apd/backend/cpu.hpp>

using namespace apd::ext::literals;

void count(apd::cpu& device, apd::ext::view<float, apd::extents<4>> count,
           apd::ext::view<float, apd::extents<apd::dynamic>> ones, const apd::ext::active_pairs& pairs) {
#ifdef APD_COMPILE_FAIL_FIXED
    device(count["c"_i] = ones["b"_i], pairs);
#else
    (void)ones;
    device(count["c"_i] = 1, pairs);
#endif
}
