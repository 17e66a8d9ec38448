// expect: apd::beside: a branch does not begin with a residual block
#include <apd/network/network.hpp>

using block = apd::residual<apd::linear<"A", 4, 4>, apd::relu>;
#ifdef APD_COMPILE_FAIL_FIXED
using branch = apd::chain<apd::linear<"first", 4, 4>, block>;
#else
using branch = block;
#endif
using network = apd::network<apd::beside<apd::linear<"B", 4, 2>, branch>>;
constexpr std::size_t outputs = network::outputs;
