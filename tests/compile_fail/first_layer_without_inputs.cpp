// expect: apd::network: the first layer must fix the number of inputs, as linear<...> does
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
using network = apd::network<apd::bias<"b", 5>, apd::relu, apd::linear<"W", 5, 2>>;
#else
using network = apd::network<apd::relu, apd::linear<"W", 5, 2>>;
#endif
static_assert(network::outputs > 0);
