// expect: apd::sparsity: takes a real mask, such as lp\(attribution, p\)
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/loss/sparsity.hpp>
#include <apd/mask/lp.hpp>
#include <apd/mask/top_k.hpp>
#include <apd/objective/objective.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
const auto mask = apd::lp(apd::gradient_attribution(), 0.9);
#else
const auto mask = apd::batch_top_k(apd::gradient_attribution(), 1);
#endif
const auto sum = apd::faithfulness() + 2 * apd::sparsity(mask);
