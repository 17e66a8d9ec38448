// expect: apd: only losses have coefficients; give the mask to one, as in 2 \* minimality\(mask\)
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/mask/top_k.hpp>
#include <apd/objective/objective.hpp>

const auto active = apd::batch_top_k(apd::gradient_attribution(), 1);
#ifdef APD_COMPILE_FAIL_FIXED
const auto sum = apd::faithfulness() + 2 * apd::minimality(active);
#else
const auto sum = apd::faithfulness() + 2 * active;
#endif
