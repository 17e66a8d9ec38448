#pragma once
// What the library asks of the program that it is compiled in.

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error \
    "apd: -ffast-math and -ffinite-math-only take away the checks for NaN; compile without (-O3 -march=native is fast)."
#endif

// The macros of <windows.h>: std::min and std::max are called here.
#undef min
#undef max
