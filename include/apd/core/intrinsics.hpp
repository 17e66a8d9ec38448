#pragma once
// The processor's vector instructions. g++ 12 warns of variables that its own header leaves undefined on purpose,
// wherever a function of that header was inlined: not if they were ignored when the header was first read. So this
// comes before Eigen, which reads it too.

#if defined(__AVX512F__)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif
#endif
