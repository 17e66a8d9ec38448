// expect: apd::network: two layers have the same name; use transposed<...> for a second use of a site
// expect: name_is_used_once<apd::ext::named<'W'>
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
using network = apd::network<apd::linear<"W", 5, 2>, apd::linear<"V", 2, 5>>;
#else
using network = apd::network<apd::linear<"W", 5, 2>, apd::linear<"W", 2, 5>>;
#endif
static_assert(network::outputs > 0);
