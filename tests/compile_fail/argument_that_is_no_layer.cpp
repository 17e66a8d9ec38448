// expect: apd::network: an argument is not a layer; see the concept apd::ext::layer
// expect: is_a_layer<int>
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
using network = apd::network<apd::linear<"W", 5, 2>, apd::relu>;
#else
using network = apd::network<apd::linear<"W", 5, 2>, int>;
#endif
static_assert(network::outputs > 0);
