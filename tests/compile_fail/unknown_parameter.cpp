// expect: apd: the network has no parameter of that name
// expect: parameter_exists<apd::ext::named<'V'>
#include <apd/network/parameters.hpp>

float first(const apd::parameters<apd::network<apd::linear<"W", 5, 2>>>& target) {
#ifdef APD_COMPILE_FAIL_FIXED
    return target.get<"W">()[0];
#else
    return target.get<"V">()[0];
#endif
}
