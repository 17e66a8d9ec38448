// expect: apd: maximum\(\) stands outermost
#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/backend/cpu.hpp>

using namespace apd::ext::literals;

void run(apd::cpu& device, apd::ext::view<float, apd::extents<apd::dynamic, 3>> x,
         apd::ext::view<float, apd::extents<apd::dynamic>> y) {
#ifdef APD_COMPILE_FAIL_FIXED
    device(y["b"_i] = maximum(x["bi"_i]));
#else
    device(y["b"_i] = maximum(x["bi"_i]) * 2);
#endif
}
