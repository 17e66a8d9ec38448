// expect: apd::reconstruction: takes masks, such as stochastic\(importances\)
#include <apd/importance/private_importances.hpp>
#include <apd/loss/drawn_reconstruction.hpp>

const auto importances = apd::private_importances<16>();
#ifdef APD_COMPILE_FAIL_FIXED
const auto masks = apd::stochastic(importances);
#else
const auto masks = importances;
#endif
const auto loss = apd::reconstruction(masks, apd::each_site);
