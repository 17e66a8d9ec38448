// expect: apd::subcomponents: every site has at least one
#include <apd/component/decomposition_shape.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
using shape = apd::subcomponents<4, 3>;
#else
using shape = apd::subcomponents<4, 0>;
#endif
const std::size_t components = shape::components(2);
