// expect: apd::beside: the first layer of every branch fixes the number of inputs
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
using branch = apd::chain<apd::linear<"A", 4, 3>, apd::bias<"b", 3>>;
#else
using branch = apd::chain<apd::bias<"b", 4>, apd::linear<"A", 4, 3>>;
#endif
using network = apd::network<apd::beside<branch, apd::linear<"B", 4, 2>>>;
constexpr std::size_t outputs = network::outputs;
