// expect: apd::residual: a block gives another number of outputs than it is given inputs
// expect: apd::ext::gives<5>, apd::ext::wants<2> ?>
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
constexpr std::size_t written = 2;
#else
constexpr std::size_t written = 5;
#endif

using network = apd::network<apd::residual<apd::linear<"mlp_in", 2, 4>, apd::relu, apd::linear<"mlp_out", 4, written>>>;
static_assert(network::outputs > 0);
