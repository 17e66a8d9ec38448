// expect: (not a member of|not been declared in) .apd|no (member|type|template) named .view. in namespace .apd
#include <apd/array/view.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
using apd::ext::view;
#else
using apd::view;
#endif
