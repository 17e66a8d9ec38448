// Whether a target has apd's compile options can be seen from within it.
#include <apd/core/version.hpp>

#if defined(__NO_MATH_ERRNO__) == defined(WITHOUT_OPTIONS)
#error "APD_COMPILE_OPTIONS is not followed."
#endif

int main() { return apd::version.empty() ? 1 : 0; }
