// expect: apd::network: transposed<...> names a matrix that no linear<...> layer of the network declares
// expect: site_exists<apd::ext::named<'V'>
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;
#else
using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"V">, apd::bias<"b", 5>, apd::relu>;
#endif
static_assert(network::outputs > 0);
