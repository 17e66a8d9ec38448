// expect: apd: a letter stands for axes of different sizes in one statement
#include <cstddef>

#include <apd/backend/cpu.hpp>

using namespace apd::ext::literals;

#ifdef APD_COMPILE_FAIL_FIXED
constexpr std::size_t inputs = 3;
#else
constexpr std::size_t inputs = 4;
#endif

void multiply(apd::cpu& device, apd::ext::view<float, apd::extents<apd::dynamic, 5>> y,
              apd::ext::view<float, apd::extents<apd::dynamic, 3>> x,
              apd::ext::view<float, apd::extents<inputs, 5>> w) {
    device(y["bo"_i] = x["bi"_i] * w["io"_i]);
}
