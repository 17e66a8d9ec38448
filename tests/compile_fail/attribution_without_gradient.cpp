// expect: apd::lp: the mask is differentiated, and so must be its attribution, as gradient_attribution\(\) is
#include <apd/attribution/ablation_attribution.hpp>
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/mask/lp.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
const auto mask = apd::lp(apd::gradient_attribution(), 0.9);
#else
const auto mask = apd::lp(apd::ablation_attribution(), 0.9);
#endif
