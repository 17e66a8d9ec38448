// expect: apd::network: two layers are made for sequences of different lengths
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
constexpr std::size_t length = 4;
#else
constexpr std::size_t length = 3;
#endif
using network = apd::network<apd::linear<"qkv", 4, 12>, apd::causal_attention<4, 2, 2>, apd::linear<"out", 4, 4>,
                             apd::learned_positions<"p", length, 4>>;
constexpr std::size_t outputs = network::outputs;
