// expect: apd::batch_top_k: takes an attribution, such as gradient_attribution\(\), and k
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/mask/top_k.hpp>

const auto active = apd::batch_top_k(apd::gradient_attribution(), 1);
#ifndef APD_COMPILE_FAIL_FIXED
const auto again = apd::batch_top_k(active, 0.2);
#endif
