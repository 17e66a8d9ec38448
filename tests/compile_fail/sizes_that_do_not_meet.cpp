// expect: apd::network: a layer is given another number of inputs than it wants
// expect: sizes_agree<apd::ext::named<'m', 'l', 'p', '_', 'o', 'u', 't'>, apd::ext::gives<50>, apd::ext::wants<25> ?>
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
constexpr std::size_t wanted = 50;
#else
constexpr std::size_t wanted = 25;
#endif

using network = apd::network<apd::linear<"mlp_in", 100, 50>, apd::relu, apd::linear<"mlp_out", wanted, 100>>;
static_assert(network::outputs > 0);
