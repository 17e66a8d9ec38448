// expect: apd::simplicity: takes a mask, such as batch_top_k\(attribution, k\), and a rank penalty, such as
// schatten\(0.9\)
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/loss/faithfulness.hpp>
#include <apd/loss/simplicity.hpp>
#include <apd/mask/top_k.hpp>
#include <apd/objective/objective.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
const auto active = apd::batch_top_k(apd::gradient_attribution(), 1);
#else
const auto active = apd::gradient_attribution();
#endif
const auto sum = apd::faithfulness() + 2 * apd::simplicity(active, apd::schatten(1));
