// expect: apd: the subscripts of one array are different letters
#include <apd/backend/cpu.hpp>

using namespace apd::ext::literals;

void trace(apd::cpu& device, apd::ext::view<float, apd::extents<>> sum,
           apd::ext::view<float, apd::extents<3, 3>> matrix) {
#ifdef APD_COMPILE_FAIL_FIXED
    device(sum[""_i] = matrix["ij"_i]);
#else
    device(sum[""_i] = matrix["ii"_i]);
#endif
}
