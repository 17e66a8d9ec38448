// expect: apd: a letter is compared that no array of the statement has
#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/backend/cpu.hpp>

using namespace apd::ext::literals;

void run(apd::cpu& device, apd::ext::view<float, apd::extents<4, 4>> x) {
#ifdef APD_COMPILE_FAIL_FIXED
    device(x["st"_i] = where("s"_i <= "t"_i, x["st"_i], 0));
#else
    device(x["st"_i] = where("s"_i <= "u"_i, x["st"_i], 0));
#endif
}
