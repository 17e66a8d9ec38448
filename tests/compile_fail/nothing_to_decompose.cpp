// expect: apd::network: nothing to decompose; at least one layer must be a linear<...>
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
using network = apd::network<apd::bias<"b", 5>, apd::linear<"W", 5, 2>>;
#else
using network = apd::network<apd::bias<"b", 5>, apd::relu>;
#endif
static_assert(network::outputs > 0);
