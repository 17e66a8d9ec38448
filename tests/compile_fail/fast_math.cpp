// expect: apd: -ffast-math and -ffinite-math-only take away the checks for NaN
// flags: -ffast-math
#include <apd/core/error.hpp>
