// expect: apd::tied_factors: the network has no site of that number; they count from 0
#include <apd/component/factors.hpp>

using network = apd::network<apd::linear<"in", 5, 2>, apd::linear<"out", 2, 5>>;
#ifdef APD_COMPILE_FAIL_FIXED
constexpr std::size_t last = 1;
#else
constexpr std::size_t last = 2;
#endif
using shape = apd::tied_factors<apd::subcomponents<20>, last, 0>;
const apd::factors<network, shape, float> none;
