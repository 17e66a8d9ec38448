// expect: apd::stochastic: takes importances, such as private_importances<16>\(\)
#include <apd/importance/private_importances.hpp>
#include <apd/loss/drawn_reconstruction.hpp>
#include <apd/mask/given_mask.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
const auto importances = apd::private_importances<16>();
#else
const auto importances = apd::given_mask{};
#endif
const auto masks = apd::stochastic(importances);
