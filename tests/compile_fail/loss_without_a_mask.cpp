// expect: apd::minimality: takes a mask, such as batch_top_k\(attribution, k\)
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/mask/top_k.hpp>
#include <apd/objective/objective.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
const auto sum = apd::faithfulness() + 2 * apd::minimality(apd::batch_top_k(apd::gradient_attribution(), 1));
#else
const auto sum = apd::faithfulness() + 2 * apd::minimality();
#endif
