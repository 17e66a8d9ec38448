// expect: apd::frozen: takes a layer with a parameter
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
using layer = apd::frozen<apd::linear<"W", 5, 2>>;
#else
using layer = apd::frozen<apd::relu>;
#endif
static_assert(layer::is_frozen);
