// expect: apd::with_bystanders: takes a mask that attribution_share\(.*\) made, and a chance
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/mask/attribution_share.hpp>
#include <apd/mask/top_k.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
const auto active = apd::attribution_share(apd::gradient_attribution(), 0.1);
#else
const auto active = apd::batch_top_k(apd::gradient_attribution(), 1);
#endif
const auto among_others = apd::with_bystanders(active, 0.005);
